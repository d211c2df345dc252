"""The contact table: who is known, a person's rows, new rows, and rows that change hands.

Reads rest on two invariants. I1: every live contact with the same key belongs to the same person,
so one row by key is enough. I2: a secondary points at a primary, so no read follows a chain.
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import datetime
from itertools import compress
from typing import Any, NamedTuple

from reunite.core.identifiers.kinds import (
    ORDER,
    PLACES,
    ContactDetails,
    Kind,
)
from reunite.core.identify.plan import Known, earliest_contact_time
from reunite.core.persons.person import Contact, Person, Primary
from reunite.core.persons.suspicion import MAX_CONTACTS, MAX_OF_A_KIND
from reunite.core.scope import Scope
from reunite.store.database.dialects import Row, Statement, dialect
from reunite.store.database.queries import Query, query
from reunite.store.tables import clock
from reunite.store.tables.clock import MARK
from reunite.store.tables.columns import COLUMNS, VALUES, columns_of, of, values_from
from reunite.store.tables.events import contact_created

_REVISION = 2 * len(ORDER)  # Its place behind an id and a time for each kind.
CONTACT_COLUMNS = f"c.id, {of('c', COLUMNS)}, c.created_at"

# The primary that one key belongs to, in the workspace that is the parameter. Also for many keys:
# no statistics can turn a look-up for each into reading whole tables for a join.
OWNER = """(SELECT coalesce(linked_id, id) FROM contact
            WHERE workspace_id = %s AND {kind}_key = {key} AND deleted_at IS NULL LIMIT 1)"""
_OWNERS = f"""
    SELECT e.id AS email_id, e.created_at AS email_at, p.id AS phone_id, p.created_at AS phone_at,
           (SELECT revision FROM workspace WHERE id = %s) AS revision
    FROM (SELECT 1) AS request
    LEFT JOIN contact e ON e.id = {OWNER.format(kind=Kind.EMAIL, key="%s")}
    LEFT JOIN contact p ON p.id = {OWNER.format(kind=Kind.PHONE, key="%s")}
"""

# Whether a person has so many contacts that one more could make it suspicious, or more than that.
_MANY = f"""
    (SELECT 1 FROM contact WHERE linked_id = {{person}} LIMIT 1 OFFSET {MAX_OF_A_KIND - 2})
"""

# Written so that a plan made for an empty table uses the indexes already: it may be kept for long.
# One statement, so one snapshot: between two, a merge could take the caller's own email away.
# Where something must be written nothing but the owners is read, and never more contacts than those
# of a person that is not large: a request stays as cheap for a person of 10,000 contacts.
_RETIRED = "EXISTS (SELECT 1 FROM retired WHERE workspace_id = %s AND kind = '{kind}' AND key = %s)"
WITH_OWNER = f"""
    WITH owner AS (SELECT o.*, CASE WHEN {{complete}} THEN coalesce(email_id, phone_id) END AS id,
                          {_RETIRED.format(kind=Kind.EMAIL)} AS email_retired,
                          {_RETIRED.format(kind=Kind.PHONE)} AS phone_retired
                   FROM ({_OWNERS}) AS o)
"""
"""``owner`` has one row: the owners of the identifiers and, if they are one person, its ``id``."""
OWNER_COLUMNS = """
    o.email_id, o.email_at, o.phone_id, o.phone_at, o.revision, o.email_retired, o.phone_retired
"""

# As WITH_OWNER, but without what most requests do not need: times, which order two persons, and
# with one person stand in its row; and what is retired, where nothing is in the whole workspace.
_WITH_LEAN_OWNER = f"""
    WITH ids AS MATERIALIZED (
        SELECT {OWNER.format(kind=Kind.EMAIL, key="%s")} AS email_id,
               {OWNER.format(kind=Kind.PHONE, key="%s")} AS phone_id,
               (SELECT revision FROM workspace WHERE id = %s) AS revision),
    owner AS MATERIALIZED (
        SELECT i.*, CASE WHEN {{complete}} THEN coalesce(email_id, phone_id) END AS id,
               {{time_of_email}} AS email_at, {{time_of_phone}} AS phone_at,
               {{email_retired}} AS email_retired, {{phone_retired}} AS phone_retired
        FROM ids AS i)
"""
_TIME_IF_TWO = """CASE WHEN email_id = phone_id THEN NULL
                       ELSE (SELECT created_at FROM contact WHERE id = i.{kind}_id) END"""
_LOOK_UP = f"""
    {_WITH_LEAN_OWNER}
    SELECT {OWNER_COLUMNS}, {{is_many}} AS is_many,
           CASE WHEN c.id IS NULL THEN (SELECT created_at FROM contact WHERE id = o.id)
                ELSE c.created_at END AS person_at, {CONTACT_COLUMNS}
    FROM owner o LEFT JOIN contact c ON c.id = (SELECT id FROM owner) AND c.deleted_at IS NULL
    UNION ALL
    SELECT {OWNER_COLUMNS}, NULL, NULL, {CONTACT_COLUMNS}
    FROM contact c CROSS JOIN owner o
    WHERE c.linked_id = (SELECT id FROM owner) AND c.deleted_at IS NULL
    LIMIT {MAX_CONTACTS + 1}
"""
COMPLETE_BOTH, COMPLETE_ONE = "email_id = phone_id", "true"
_FOR_BOTH = {
    "complete": COMPLETE_BOTH,
    "is_many": f"""CASE WHEN o.email_id IS NULL OR o.phone_id IS NULL
                   THEN {_MANY.format(person="coalesce(o.email_id, o.phone_id)")} END""",
    "time_of_email": _TIME_IF_TWO.format(kind=Kind.EMAIL),
    "time_of_phone": _TIME_IF_TWO.format(kind=Kind.PHONE),
}
_FOR_ONE = {
    "complete": COMPLETE_ONE,
    "is_many": "CAST(NULL AS integer)",
    "time_of_email": "NULL",
    "time_of_phone": "NULL",
}
_WHERE_RETIRED = {
    True: {f"{kind}_retired": _RETIRED.format(kind=kind) for kind in Kind},
    False: {f"{kind}_retired": "NULL" for kind in Kind},
}
_LOOK_UP_BY = {
    (both, has_retired): _LOOK_UP.format(**by_identifiers, **by_retired)
    for both, by_identifiers in ((True, _FOR_BOTH), (False, _FOR_ONE))
    for has_retired, by_retired in _WHERE_RETIRED.items()
}

_PERSON = f"""
    SELECT {CONTACT_COLUMNS} FROM contact c WHERE c.id = %s AND c.deleted_at IS NULL
    UNION ALL
    SELECT {CONTACT_COLUMNS} FROM contact c WHERE c.linked_id = %s AND c.deleted_at IS NULL
"""

# Only if the identifiers still have the owners that the plan was made for, and the same values
# count. The time is read here, after the locks: a request that waited must not be older than the
# request that it waited for.
_NEW_CONTACT = f"""
    INSERT INTO contact (workspace_id, {VALUES}, linked_id, link_precedence, created_at, updated_at)
    SELECT %s, {", ".join("%s" for _ in COLUMNS)}, %s, %s, moment, moment
    FROM (SELECT {{latest}}(clock_timestamp(), {MARK}, %s) AS moment) AS clock
    WHERE (SELECT revision FROM workspace WHERE id = %s) = %s
"""
_INTO_FEW = f" AND {_MANY.format(person='%s')} IS NULL"


def sql_of_insertion(owners: Iterable[str]) -> dict[bool, str]:
    """SQL for ``insertion``, by ``into_few``, from SQL for the owners of the identifiers."""
    sql = _NEW_CONTACT + "".join(f" AND coalesce({owner}, 0) = %s" for owner in owners)
    return {True: f"{sql}{_INTO_FEW}", False: sql}


_INSERT = sql_of_insertion(OWNER.format(kind=kind, key="%s") for kind in Kind)

_CREATED = f"SELECT {CONTACT_COLUMNS} FROM {{created}} AS c"
_CREATED_AND_ITS_PERSON = f"""
    {_CREATED}
    UNION ALL
    SELECT {CONTACT_COLUMNS} FROM contact c
    WHERE c.id = %s AND c.deleted_at IS NULL AND EXISTS (SELECT 1 FROM {{created}} AS new)
    UNION ALL
    SELECT {CONTACT_COLUMNS} FROM contact c
    WHERE c.linked_id = %s AND c.deleted_at IS NULL
      AND c.id <> (SELECT id FROM {{created}} AS new)
"""

_UPDATED = "updated_at = {latest}(%s, created_at)"
_DEMOTE = f"""
    UPDATE contact SET linked_id = %s, link_precedence = 'secondary', {_UPDATED} WHERE id = %s
"""
_REPOINT = f"UPDATE contact SET linked_id = %s, {_UPDATED} WHERE linked_id = %s"
_TOUCH = f"UPDATE contact SET {_UPDATED} WHERE id = %s"


class LookUp(NamedTuple):
    """Who was known when it was read; it may be out of date by now."""

    seen: "Observed"
    retired: tuple[Kind, ...]
    rows: list[Row]
    has_many: bool = False
    """Whether one more contact could make the person that is known suspicious, or it is."""
    large: Person | None = None
    """The one owner of all the identifiers, if it is large and was kept."""

    @property
    def known(self) -> Known:
        """The owners of the identifiers."""
        return self.seen.known

    @property
    def person(self) -> Person | None:
        """The one owner of all the identifiers; None if it is large and not kept."""
        if self.large is not None or len(self.rows) > MAX_CONTACTS:
            return self.large
        return person_from(row[9:] for row in self.rows if row[9] is not None)


class Observed(NamedTuple):
    """The owners of identifiers, as seen at a revision of what counts."""

    known: Known
    revision: int


def look_up(scope: Scope, details: ContactDetails, *, has_retired: bool = True) -> Query[LookUp]:
    """Who the identifiers belong to and, if that is one person, its live contacts.

    Without ``has_retired`` nothing is looked up as retired: the caller knows that nothing is at
    the revision that was seen.
    """
    sql = _LOOK_UP_BY[has_both(details), has_retired]
    keys = _placed_keys(scope, details)
    return query(
        Statement(sql, [*keys, scope.workspace_id, *(keys if has_retired else ())]),
        lambda rows: LookUp(
            _seen_with_person(rows, details),
            retired_from(rows),
            rows,
            has_many=rows[0][7] is not None,
        ),
    )


def has_both(details: ContactDetails) -> bool:
    """Whether an email and a phone number count, which may belong to two persons."""
    return len(details.identifiers) > 1


def owner_params(scope: Scope, details: ContactDetails) -> list[object]:
    """The parameters of ``WITH_OWNER``."""
    return [
        *_placed_keys(scope, details),
        *_owner_params(scope, details),
    ]


def seen(scope: Scope, details: ContactDetails) -> Query[Observed]:
    """Who the identifiers belong to."""
    return query(
        Statement(_OWNERS, _owner_params(scope, details)), lambda rows: observed_from(rows, details)
    )


def observed_from(rows: list[Row], details: ContactDetails) -> Observed:
    """Who is known, from rows with the columns of the owner."""
    row = rows[0]
    places = [2 * PLACES[kind] for kind, _ in details.identifiers]
    owners = [_primary(row[place], row[place + 1]) for place in places]
    return Observed(Known(tuple(owners)), row[_REVISION])


def _seen_owners(scope: Scope, details: ContactDetails, known: Known) -> list[object]:
    """The workspace, the key of each kind, and the id of the person that was seen, 0 for none."""
    placed: list[object] = [scope.workspace_id, None, 0] * len(ORDER)
    for (kind, key), owner in zip(details.identifiers, known.owners, strict=True):
        place = 3 * PLACES[kind]
        placed[place + 1] = key
        if owner is not None:
            placed[place + 2] = owner.id
    return placed


def _seen_with_person(rows: list[Row], details: ContactDetails) -> Observed:
    """As ``observed_from``, where the time of the one person that was found stands apart."""
    at = next((row[8] for row in rows if row[8] is not None), None)
    if at is None:
        return observed_from(rows, details)
    row = rows[0]
    ids = [row[2 * PLACES[kind]] for kind, _ in details.identifiers]
    person = _primary(next(filter(None, ids)), at)
    return Observed(Known(tuple([id and person for id in ids])), row[_REVISION])


def retired_from(rows: list[Row]) -> tuple[Kind, ...]:
    """Which of the identifiers are retired, from rows with the columns of the owner."""
    retired = rows[0][_REVISION + 1 : _REVISION + 1 + len(ORDER)]
    return tuple(compress(ORDER, retired)) if any(retired) else ()


def select_person(person: Primary) -> Statement:
    """Read a person's live contacts; ``person_from`` reads the rows."""
    return Statement(_PERSON, [person.id, person.id])


def person_from(rows: Iterable[Row]) -> Person:
    """A person from rows of ``CONTACT_COLUMNS``."""
    to_time = dialect().to_time
    return Person.of(contact_from(row, to_time) for row in rows)


def contact_from(row: Row, to_time: Callable[[Any], datetime]) -> Contact:
    """A contact from a row of ``CONTACT_COLUMNS``; ``to_time`` is the dialect's."""
    return Contact(row[0], values_from(row, 1), to_time(row[-1]))


def insert(
    scope: Scope,
    details: ContactDetails,
    person: Primary | None,
    *,
    seen: Observed,
    into_few: bool = True,
    read_person: bool = True,
) -> list[Statement]:
    """Add a contact, a secondary of ``person`` or else a primary, and tell of it.

    The last rows are those of the contact and, with ``read_person``, its person; none, and nothing
    was added, if the identifiers have other owners than were ``seen``, or if other values count, or
    if ``into_few`` and the person has so many contacts that one more could make it
    suspicious.
    """
    return insertion(
        scope,
        details,
        person,
        sql=_INSERT,
        owners=_seen_owners(scope, details, seen.known),
        revision=seen.revision,
        into_few=into_few,
        read_person=read_person,
    )


def insertion(
    scope: Scope,
    details: ContactDetails,
    person: Primary | None,
    *,
    sql: Mapping[bool, str],
    owners: Sequence[object],
    revision: int,
    into_few: bool,
    read_person: bool,
    beside: Statement | None = None,
) -> list[Statement]:
    """As ``insert``, by an ``sql_of_insertion``.

    ``owners`` are the parameters of the SQL for each owner, and the id of the owner that was seen
    at the ``revision``, 0 for none. ``beside`` inserts what else the contact has
    (``Dialect.insertion``).
    """
    person_id, precedence = (None, "primary") if person is None else (person.id, "secondary")
    not_before = clock.not_before(scope)
    if person is not None:
        not_before = max(not_before, earliest_contact_time(person))
    contact = Statement(
        dialect().sql(sql[into_few]),
        [
            scope.workspace_id,
            *columns_of(details.values),
            person_id,
            precedence,
            scope.workspace_id,
            not_before,
            scope.workspace_id,
            revision,
            *owners,
            *([person_id] if into_few else []),
        ],
    )
    return dialect().insertion(
        contact,
        contact_created(scope, details.ignored),
        select_created(person if read_person else None),
        beside=beside,
    )


def select_created(person: Primary | None) -> Statement:
    """Read the contact that is being inserted and, if it joins a person, that person's."""
    if person is None:
        return Statement(dialect().sql(_CREATED))
    return Statement(dialect().sql(_CREATED_AND_ITS_PERSON), [person.id, person.id])


def absorb(absorbed: Primary, *, survivor: Primary, now: datetime) -> list[Statement]:
    """Make the absorbed person's contacts secondaries of the survivor, and note when."""
    sql = dialect().sql
    return [
        Statement(sql(_REPOINT), [survivor.id, now, absorbed.id]),
        Statement(sql(_DEMOTE), [survivor.id, now, absorbed.id]),
        Statement(sql(_TOUCH), [now, survivor.id]),
    ]


def _owner_params(scope: Scope, details: ContactDetails) -> list[object]:
    return [scope.workspace_id, *_placed_keys(scope, details)]


def _placed_keys(scope: Scope, details: ContactDetails) -> list[object]:
    """The workspace and the key of each kind."""
    placed: list[object] = [scope.workspace_id, None] * len(ORDER)
    for kind, key in details.identifiers:
        placed[2 * PLACES[kind] + 1] = key
    return placed


def _primary(contact_id: int | None, created_at: object) -> Primary | None:
    return None if contact_id is None else Primary(dialect().to_time(created_at), contact_id)
