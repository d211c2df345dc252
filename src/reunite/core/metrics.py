"""The catalogue of metrics, and figures: their values.

Counters and histograms are counted by each process and added up. Gauges are read when a
client asks. docs/reference/metrics.md has all of them.
"""

from bisect import bisect_left
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum

Key = tuple[str, ...]
"""The name of a metric, and the values of its labels."""
Value = float | list[float]
"""A number; of a histogram how many observations each bucket has, then all others, then the sum."""
Figures = Mapping[Key, Value]

BUCKETS = (0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0)
"""The upper bounds of the buckets of all histograms, in seconds."""


class Kind(StrEnum):
    """How a metric behaves."""

    COUNTER = "counter"
    GAUGE = "gauge"
    HISTOGRAM = "histogram"


@dataclass(frozen=True, slots=True)
class Metric:
    """A metric: its name, what it says, and the names of its labels."""

    name: str
    kind: Kind
    help: str
    labels: tuple[str, ...] = ()


def _all(kind: Kind, *rows: tuple[str, str, tuple[str, ...]]) -> Iterable[Metric]:
    return (Metric(f"reunite_{name}", kind, help, labels) for name, help, labels in rows)


METRICS: Sequence[Metric] = (
    *_all(
        Kind.COUNTER,
        ("requests_total", "Requests that were answered.", ("operation", "status")),
        ("outcomes_total", "What requests to identify did, also those of batches.", ("outcome",)),
        ("stopped_merges_total", "Merges that guards stopped.", ("guard",)),
        ("put_aside_total", "Requests that were put aside until a lock is free.", ()),
        ("retries_total", "Transactions that began again, by what came in between.", ("cause",)),
        ("given_up_total", "Transactions that found no lock or no database in time.", ("cause",)),
        ("webhook_attempts_total", "Attempts to deliver messages.", ("result",)),
    ),
    *_all(
        Kind.HISTOGRAM,
        ("request_seconds", "From taking up a request to its answer.", ("operation",)),
        ("queue_seconds", "From the arrival of a request until a thread takes it up.", ()),
    ),
    *_all(
        Kind.GAUGE,
        ("processes", "Processes that count.", ()),
        ("held_links", "Merges that guards stopped and that wait for review.", ("workspace",)),
        ("feed_number", "The last number of the change feed.", ("workspace",)),
        ("unnumbered_events", "Events without a number, 100,000 at most.", ()),
        ("imports", "Imports by their state.", ("state",)),
        ("last_contact_id", "The id of the newest contact, of all workspaces.", ()),
        ("database_bytes", "The size of the database.", ()),
        ("database_connections", "Connections of PostgreSQL to the database.", ("state",)),
        ("webhooks", "Webhooks by their state.", ("state",)),
        ("deliveries", "Deliveries that wait or are dead.", ("webhook", "state")),
        ("oldest_delivery_seconds", "The age of the first event that waits.", ("webhook",)),
        ("webhook_lag", "How many events have no delivery yet.", ("webhook",)),
    ),
)
"""All metrics by kind."""


def observed(row: list[float], seconds: float) -> None:
    """Add an observation to the row of a histogram."""
    row[bisect_left(BUCKETS, seconds)] += 1
    row[-1] += seconds


def empty_row() -> list[float]:
    """The row of a histogram without observations."""
    return [0.0] * (len(BUCKETS) + 2)


def added(many: Iterable[Figures]) -> dict[Key, Value]:
    """The figures of several processes together."""
    total: dict[Key, Value] = {}
    for figures in many:
        for key, value in figures.items():
            before = total.get(key)
            if isinstance(value, list):
                rows = zip(before, value, strict=True) if isinstance(before, list) else None
                total[key] = [*value] if rows is None else [one + other for one, other in rows]
            else:
                total[key] = value + (before if isinstance(before, float) else 0.0)
    return total
