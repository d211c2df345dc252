"""The endpoint that monitoring reads."""

from collections.abc import Iterator
from itertools import accumulate
from typing import Any

from django.http import Http404, HttpRequest, HttpResponse

from reunite.api.http.json import JSONView
from reunite.api.http.operation import operation
from reunite.api.http.scope import scope_of
from reunite.conf import reunite_settings
from reunite.core.access.callers import KeyScope
from reunite.core.metrics import BUCKETS, METRICS, Figures, Kind, Metric
from reunite.core.scope import Scope
from reunite.services.metrics import read_metrics

TEXT = "text/plain"
_BOUNDS = [*map(str, BUCKETS), "+Inf"]


class MetricsView(JSONView):
    """The metrics of the server."""

    @operation(
        "readMetrics",
        "Metrics of all processes and workspaces, for Prometheus",
        needs=(KeyScope.METRICS,),
        tag="operation",
        description="For keys of the default workspace.",
        answer={TEXT: ({"type": "string"}, "In its text format.")},
    )
    def get(self, request: HttpRequest) -> HttpResponse:
        """Read them."""
        if not reunite_settings().METRICS_ON_PORT:
            raise Http404  # They have an address of their own.
        return HttpResponse(metrics_text(scope_of(request.META)), content_type=content_type())


def metrics_text(scope: Scope) -> bytes:
    """All metrics in the text format; raises as ``read_metrics``."""
    from prometheus_client.exposition import generate_latest

    return generate_latest(_Found(read_metrics(scope)))


def content_type() -> str:
    """The type of the text."""
    from prometheus_client.exposition import CONTENT_TYPE_PLAIN_0_0_4

    return CONTENT_TYPE_PLAIN_0_0_4


class _Found:
    """Figures in the form that the library reads."""

    def __init__(self, figures: Figures) -> None:
        self._figures = figures

    def collect(self) -> Iterator[Any]:
        """The families of metrics."""
        for metric in METRICS:
            family = _family(metric)
            for (name, *labels), value in sorted(self._figures.items()):
                if name != metric.name:
                    continue
                if isinstance(value, list):
                    *counts, total = value
                    buckets = list(zip(_BOUNDS, accumulate(counts), strict=True))
                    family.add_metric(labels, buckets, sum_value=total)
                else:
                    family.add_metric(labels, value)
            yield family


def _family(metric: Metric) -> Any:
    from prometheus_client import core

    families = {
        Kind.COUNTER: core.CounterMetricFamily,
        Kind.GAUGE: core.GaugeMetricFamily,
        Kind.HISTOGRAM: core.HistogramMetricFamily,
    }
    return families[metric.kind](metric.name, metric.help, labels=metric.labels)
