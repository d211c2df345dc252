"""Columns of declared kinds: by kind, and not more of them than a request may have values."""

from collections.abc import Iterable, Sequence

from reunite.core.identifiers.kinds import MAX_IDENTIFIERS, MAX_VALUES_OF_KIND, Kind
from reunite.core.imports.files import Unreadable

_MAX_COLUMNS = MAX_IDENTIFIERS - len(Kind)
"""A row is a request, which may have an email and a phone number, too."""


def by_kind(identifiers: Iterable[tuple[str, int]]) -> dict[str, tuple[int, ...]]:
    """The columns of each kind, from pairs of a kind and a column."""
    found: dict[str, tuple[int, ...]] = {}
    for kind, index in identifiers:
        found[kind] = (*found.get(kind, ()), index)
    return found


def require_few(identifiers: Sequence[tuple[str, int]], start: str) -> None:
    """Raise Unreadable for more columns than a request may have values."""
    for kind, indexes in by_kind(identifiers).items():
        if len(indexes) > MAX_VALUES_OF_KIND:
            raise Unreadable(
                f"{start}has {len(indexes)} columns for {kind}: a row may have "
                f"{MAX_VALUES_OF_KIND} values of a kind; name fewer with --identifier"
            )
    if len(identifiers) > _MAX_COLUMNS:
        raise Unreadable(
            f"{start}has {len(identifiers)} columns of declared kinds: a row may have "
            f"{_MAX_COLUMNS} values of them; name fewer with --identifier"
        )
