"""Metrics: what the processes counted, and what the tables tell now."""

from reunite.core.errors import OtherWorkspaces
from reunite.core.metrics import Figures
from reunite.core.scope import DEFAULT_WORKSPACE_ID, Scope
from reunite.counting import all_counted
from reunite.store import figures
from reunite.store.database.queries import outside
from reunite.store.database.transactions import retried


def read_metrics(scope: Scope) -> Figures:
    """All figures of all workspaces, by metric and labels.

    Raises OtherWorkspaces unless the scope is the default workspace, or TemporarilyUnavailable.
    """
    if scope.workspace_id != DEFAULT_WORKSPACE_ID:
        raise OtherWorkspaces
    counted, processes = all_counted()
    gauges = retried(lambda _: outside.read(figures.read_all()))
    return {**counted, **gauges, ("reunite_processes",): float(processes)}
