"""Traces by OpenTelemetry: a span for each request, if OTEL_TRACES_EXPORTER asks for spans.

Nothing of OpenTelemetry is imported otherwise. A span holds the operation, the status, the outcome
and the id of the request: no address, no body, no header but these, and so no personal data.
"""

import os
import time
from collections.abc import Mapping
from importlib.util import find_spec
from typing import Any

from django.conf import settings
from django.core.management import CommandError

from reunite import __version__

_NANOSECONDS = 1_000_000_000
_FLUSH_MILLISECONDS = 1_000
_SERVER_ERROR = 500


class _Process:
    provider: Any = None
    tracer: Any = None


def require_traces() -> None:
    """Raise CommandError if traces are wanted, and OpenTelemetry is not installed."""
    if settings.TRACES != "none" and not _is_installed():
        raise CommandError(
            "OTEL_TRACES_EXPORTER is set, and OpenTelemetry is not installed: run "
            "`pip install 'reunite[otel]'`, or remove the variable"
        )


def start_traces() -> None:
    """Let this process send spans, if they are wanted."""
    if settings.TRACES == "none":
        return
    from opentelemetry.sdk.resources import Resource
    from opentelemetry.sdk.trace import TracerProvider
    from opentelemetry.sdk.trace.export import BatchSpanProcessor

    name = os.environ.get("OTEL_SERVICE_NAME", "reunite")
    resource = Resource.create({"service.name": name, "service.version": __version__})
    _Process.provider = TracerProvider(resource=resource, shutdown_on_exit=False)
    _Process.provider.add_span_processor(BatchSpanProcessor(_exporter()))
    _Process.tracer = _Process.provider.get_tracer("reunite", __version__)


def stop_traces() -> None:
    """Send the spans that wait, within a second."""
    if _Process.provider is not None:
        _Process.provider.force_flush(_FLUSH_MILLISECONDS)


def trace(
    environ: Mapping[str, Any], *, operation: str, status: int, outcome: str | None, seconds: float
) -> None:
    """Note a request that was answered, if this process sends spans."""
    if _Process.tracer is None:
        return
    from opentelemetry.trace import SpanKind, StatusCode
    from opentelemetry.trace.propagation.tracecontext import TraceContextTextMapPropagator

    carrier = {"traceparent": environ.get("HTTP_TRACEPARENT", "")}
    ended = time.time_ns()
    span = _Process.tracer.start_span(
        operation,
        context=TraceContextTextMapPropagator().extract(carrier),
        kind=SpanKind.SERVER,
        start_time=ended - round(seconds * _NANOSECONDS),
        attributes={
            "http.request.method": environ["REQUEST_METHOD"],
            "http.response.status_code": status,
            "reunite.operation": operation,
            "reunite.request_id": environ["HTTP_X_REQUEST_ID"],
            **({"reunite.outcome": outcome} if outcome else {}),
        },
    )
    if status >= _SERVER_ERROR:
        span.set_status(StatusCode.ERROR)
    span.end(ended)


def _exporter() -> Any:
    if settings.TRACES == "console":
        from opentelemetry.sdk.trace.export import ConsoleSpanExporter

        return ConsoleSpanExporter()
    from opentelemetry.exporter.otlp.proto.http.trace_exporter import OTLPSpanExporter

    return OTLPSpanExporter()


def _is_installed() -> bool:
    return (
        find_spec("opentelemetry") is not None and find_spec("opentelemetry.exporter") is not None
    )
