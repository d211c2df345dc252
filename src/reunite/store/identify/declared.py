"""Requests that name declared kinds: the owners of their identifiers, and the new contact.

As ``tables.contacts`` does it for an email and a phone number, for identifiers of any kinds: one
statement looks up, one inserts. There is a statement for each *shape*: which built-in kinds a
request has, and how many places for identifiers of declared kinds. A place that is left is empty.
"""

from dataclasses import dataclass
from functools import cache
from typing import NamedTuple

from reunite.core.identifiers.kinds import (
    MAX_IDENTIFIERS,
    ORDER,
    PLACES,
    ContactDetails,
    Identifier,
    Kind,
)
from reunite.core.identify.plan import Known
from reunite.core.persons.person import Person, Primary
from reunite.core.persons.suspicion import MAX_CONTACTS
from reunite.core.scope import Scope
from reunite.store.database.dialects import Row, Statement
from reunite.store.database.queries import Query, query
from reunite.store.tables import contacts, identifiers
from reunite.store.tables.columns import COLUMNS
from reunite.store.tables.contacts import CONTACT_COLUMNS, Observed, person_from

_PLACES = (0, 1, 2, 4, 8, MAX_IDENTIFIERS)
_REVISION = "(SELECT revision FROM workspace WHERE id = %s)"
_OWNERS = [contacts.OWNER.format(kind=kind, key="%s") for kind in ORDER]
_OWNER_OF_DECLARED = identifiers.OWNER.format(workspace="%s", kind="%s", key="%s")
_RETIRED = "EXISTS (SELECT 1 FROM retired WHERE workspace_id = %s AND kind = %s AND key = %s)"
# One statement, so one snapshot; a subquery for each identifier: a table of them that is joined
# takes PostgreSQL several times as long. A plan that was made for empty tables uses the indexes.
_LOOK_UP = f"""
    WITH asked AS MATERIALIZED (SELECT {_REVISION} AS revision, {{owners}}),
    owner AS MATERIALIZED (
        SELECT CASE WHEN {{is_one}} THEN id END AS id
        FROM (SELECT *, coalesce({{ids}}, NULL) AS id FROM asked) AS a)
    SELECT a.*{{retired}}, {CONTACT_COLUMNS}
    FROM asked a LEFT JOIN contact c ON c.id = (SELECT id FROM owner) AND c.deleted_at IS NULL
    UNION ALL
    SELECT {{nothing}}, {CONTACT_COLUMNS}
    FROM contact c WHERE c.linked_id = (SELECT id FROM owner) AND c.deleted_at IS NULL
    LIMIT {MAX_CONTACTS + 1}
"""
_CONTACT_LENGTH = len(COLUMNS) + 2


@dataclass(frozen=True, slots=True)
class LookUp:
    """Who is known, when it was read; it may be out of date by now.

    ``seen`` is None where several persons are known, or a large one. ``person`` is the one person
    that is known, with all its contacts.
    """

    seen: Observed | None
    revision: int
    retired: tuple[Identifier, ...]
    person: Person | None = None


class _Shape(NamedTuple):
    """Which built-in kinds a request has, and how many places for identifiers of others.

    A tuple of numbers, for it is hashed in every request: ``built_in`` are places in ``ORDER``.
    """

    built_in: tuple[int, ...]
    places: int

    @property
    def size(self) -> int:
        return len(self.built_in) + self.places

    @property
    def owners(self) -> list[str]:
        return [*(_OWNERS[each] for each in self.built_in), *[_OWNER_OF_DECLARED] * self.places]


@cache
def _select(shape: _Shape, has_retired: bool) -> str:
    ids = [f"id_{place}" for place in range(shape.size)]
    retired = [f", {_RETIRED}" for _ in ids if has_retired]
    return _LOOK_UP.format(
        owners=", ".join(f"{sql} AS {id}" for sql, id in zip(shape.owners, ids, strict=True)),
        is_one=" AND ".join(f"coalesce({id}, id) = id" for id in ids),
        ids=", ".join(ids),
        retired="".join(retired),
        nothing=", ".join(["NULL"] * (1 + len(ids) + len(retired))),
    )


@cache
def _insert(shape: _Shape) -> dict[bool, str]:
    return contacts.sql_of_insertion(shape.owners)


def look_up(scope: Scope, details: ContactDetails, *, has_retired: bool = True) -> Query[LookUp]:
    """Whom the identifiers belong to and, if that is one person, its live contacts.

    Without ``has_retired`` nothing is looked up as retired: the caller knows that nothing is at
    the revision that was seen.
    """
    shape, placed = _placed(details)
    params: list[object] = [scope.workspace_id]
    for each in placed:
        params += _owner_params(scope, each)
    if has_retired:
        for each in placed:
            params += (scope.workspace_id, *_named(each))
    return query(
        Statement(_select(shape, has_retired), params),
        lambda rows: _found_from(rows, details, placed),
    )


def insert(
    scope: Scope,
    details: ContactDetails,
    person: Primary | None,
    seen: Observed,
    *,
    into_few: bool = True,
    read_person: bool = True,
) -> list[Statement]:
    """Add a contact with its values of declared kinds; all else as ``contacts.insert``."""
    shape, placed = _placed(details)
    ids = dict(zip(details.identifiers, seen.known.owners, strict=True))
    owners: list[object] = []
    for each in placed:
        owner = None if each is None else ids[each]
        owners += (*_owner_params(scope, each), 0 if owner is None else owner.id)
    return contacts.insertion(
        scope,
        details,
        person,
        sql=_insert(shape),
        owners=owners,
        revision=seen.revision,
        into_few=into_few,
        read_person=read_person,
        beside=identifiers.insert_created(details.values),
    )


def _placed(details: ContactDetails) -> tuple[_Shape, list[Identifier | None]]:
    """The shape of a request, and its identifiers in their places."""
    built_in: list[tuple[int, Identifier]] = []
    declared: list[Identifier | None] = []
    for each in details.identifiers:
        place = PLACES.get(each.kind)
        if place is None:
            declared.append(each)
        else:
            built_in.append((place, each))
    built_in.sort()
    places = next(places for places in _PLACES if places >= len(declared))
    declared += [None] * (places - len(declared))
    kinds = tuple([place for place, _ in built_in])
    return _Shape(kinds, places), [*[each for _, each in built_in], *declared]


def _owner_params(scope: Scope, asked: Identifier | None) -> tuple[object, ...]:
    if asked is not None and isinstance(asked.kind, Kind):
        return scope.workspace_id, asked.key
    return scope.workspace_id, *_named(asked)


def _named(asked: Identifier | None) -> tuple[object, object]:
    return (None, None) if asked is None else (str(asked.kind), asked.key)


def _found_from(
    rows: list[Row], details: ContactDetails, placed: list[Identifier | None]
) -> LookUp:
    row = next(row for row in rows if row[0] is not None)
    revision, end = row[0], 1 + len(placed)
    gone = row[end:-_CONTACT_LENGTH]
    retired = tuple(
        [each for each, is_retired in zip(placed, gone, strict=False) if each and is_retired]
    )
    ids = dict(zip(placed, row[1:end], strict=True))
    owner_ids = [ids[each] for each in details.identifiers]
    person = None
    if any(owner_ids):
        if row[-_CONTACT_LENGTH] is None or len(rows) > MAX_CONTACTS:
            return LookUp(None, revision, retired)
        person = person_from(row[-_CONTACT_LENGTH:] for row in rows)
    primary = None if person is None else person.primary
    owners = tuple([None if id is None else primary for id in owner_ids])
    return LookUp(Observed(Known(owners), revision), revision, retired, person)
