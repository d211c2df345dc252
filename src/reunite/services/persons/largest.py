"""The largest: persons by their contacts, and identifiers by the contacts that carry them."""

from collections.abc import Sequence

from reunite.services.snapshots import from_snapshot
from reunite.store.persons import census
from reunite.store.persons.census import Carried, LargePerson
from reunite.store.tables.workspaces import DEFAULT_WORKSPACE_ID

__all__ = ["Carried", "LargePerson", "largest_persons", "most_carried"]


def largest_persons(
    *, limit: int, after: int = 0, workspace_id: int = DEFAULT_WORKSPACE_ID
) -> Sequence[LargePerson]:
    """Up to ``limit`` persons, the largest first, without the first ``after`` of them.

    Reads every contact. Raises TemporarilyUnavailable.
    """
    return from_snapshot(
        lambda: census.largest(limit=limit, offset=after, workspace_id=workspace_id)
    )


def most_carried(
    *, limit: int, after: int = 0, workspace_id: int = DEFAULT_WORKSPACE_ID
) -> Sequence[Carried]:
    """Up to ``limit`` identifiers that several contacts carry, those of the most contacts first.

    Without the first ``after`` of them. Reads every contact. Raises TemporarilyUnavailable.
    """
    return from_snapshot(
        lambda: census.most_carried(limit=limit, offset=after, workspace_id=workspace_id)
    )
