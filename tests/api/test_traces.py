"""Spans of requests, sent by a real server to a real collector."""

import subprocess
import sys
import time

import pytest
from django.core.management import CommandError
from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import ExportTraceServiceRequest

from reunite_service.traces import require_traces
from tests.clients.scripted import Scripted, scripted_server
from tests.marks import MARKS
from tests.server import request, running_server

TRACE, PARENT = "0af7651916cd43dd8448eb211c80319c", "b7ad6b7169203331"


def spans(bodies):
    for body in bodies:
        sent = ExportTraceServiceRequest.FromString(body)
        for resource in sent.resource_spans:
            for scope in resource.scope_spans:
                for span in scope.spans:
                    values = {each.key: each.value for each in span.attributes}
                    yield (
                        span,
                        {
                            key: value.string_value or value.int_value
                            for key, value in values.items()
                        },
                    )


def test_each_request_has_a_span_without_personal_data(tmp_path):
    person = MARKS[0]
    body = b'{"email": "%s", "phoneNumber": "%s"}' % (person.email.encode(), person.phone.encode())
    headers = [f"traceparent: 00-{TRACE}-{PARENT}-01", "X-Request-Id: order-1"]
    with scripted_server([Scripted(200, b"")]) as collector:
        variables = {
            "OTEL_TRACES_EXPORTER": "otlp",
            "OTEL_EXPORTER_OTLP_ENDPOINT": collector.url,
            "OTEL_BSP_SCHEDULE_DELAY": "50",
        }
        with running_server(tmp_path, **variables) as server:
            assert server.exchange(request(body, headers=headers)).status == 200
            assert server.exchange(request(b'{"email": "mcfly"}')).status == 400
            path = f"/persons/search?email={person.local}"
            server.exchange(request(method="GET", path=path, content_type=None))
            wanted = {"identify", "other"}
            deadline = time.monotonic() + 60
            while not wanted <= {span.name for span, _ in spans(collector.bodies)}:
                assert time.monotonic() < deadline
                time.sleep(0.1)
            assert server.exchange(request(body)).status == 200
            server.stop()
        found = list(spans(collector.bodies))
        sent = b"".join(collector.bodies)

    by_id = {values["reunite.request_id"]: (span, values) for span, values in found}
    span, values = by_id["order-1"]
    assert (span.trace_id.hex(), span.parent_span_id.hex()) == (TRACE, PARENT)
    assert span.end_time_unix_nano >= span.start_time_unix_nano
    assert values == {
        "http.request.method": "POST",
        "http.response.status_code": 200,
        "reunite.operation": "identify",
        "reunite.request_id": "order-1",
        "reunite.outcome": "created",
    }
    outcomes = [
        (values["http.response.status_code"], values.get("reunite.outcome"))
        for span, values in found
        if span.name == "identify"
    ]
    # The last one was sent when the server stopped.
    assert sorted(outcomes, key=str) == [(200, "created"), (200, "unchanged"), (400, None)]
    assert b"order-1" in sent
    for value in (person.local, person.phone[1:], person.name):
        assert value.encode() not in sent


def test_nothing_is_imported_unless_traces_are_wanted():
    script = "import reunite_service.wsgi, sys; print(*sys.modules)"
    done = subprocess.run(
        [sys.executable, "-c", script], capture_output=True, text=True, check=True, timeout=60
    )
    assert "opentelemetry" not in done.stdout


def test_what_is_not_installed_is_told(settings, monkeypatch):
    settings.TRACES = "otlp"
    require_traces()
    monkeypatch.setitem(sys.modules, "opentelemetry", None)
    with pytest.raises(CommandError, match=r"pip install 'reunite\[otel\]'"):
        require_traces()
    settings.TRACES = "none"
    require_traces()
