"""The largest: persons by their contacts, and identifiers by the contacts that carry them."""

from collections.abc import Sequence

from reunite.core.scope import Scope
from reunite.services.snapshots import from_snapshot
from reunite.store.persons import census
from reunite.store.persons.census import Carried, LargePerson

__all__ = ["Carried", "LargePerson", "largest_persons", "most_carried"]


def largest_persons(scope: Scope, *, limit: int, after: int = 0) -> Sequence[LargePerson]:
    """Up to ``limit`` persons, the largest first, without the first ``after`` of them.

    Reads every contact. Raises TemporarilyUnavailable.
    """
    return from_snapshot(lambda: census.largest(scope, limit=limit, offset=after))


def most_carried(scope: Scope, *, limit: int, after: int = 0) -> Sequence[Carried]:
    """Up to ``limit`` identifiers that several contacts carry, those of the most contacts first.

    Without the first ``after`` of them. Reads every contact. Raises TemporarilyUnavailable.
    """
    return from_snapshot(lambda: census.most_carried(scope, limit=limit, offset=after))
