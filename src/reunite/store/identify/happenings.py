"""A batch's reads and writes: one statement in, one for each kind of change out."""

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from types import MappingProxyType

from reunite.core.events import (
    ContactCreated,
    IdentifierRetired,
    MergeHeld,
    Origin,
    PersonMerged,
)
from reunite.core.identifiers.kinds import Identifier, Kind, Mark, Value
from reunite.core.identify.happenings import (
    BecameSuspicious,
    Created,
    Given,
    Happening,
    Held,
    Merged,
    Retired,
)
from reunite.core.persons.person import Contact, Ends
from reunite.core.scope import Scope
from reunite.store.database.dialects import Statement, dialect
from reunite.store.database.queries import Query
from reunite.store.persons import suspicious
from reunite.store.tables import contact_changes, events, identifiers, policies
from reunite.store.tables import retired as retired_rows
from reunite.store.tables.columns import UPDATED, VALUE_TYPES, VALUES, columns_of, keyed_columns
from reunite.store.tables.links import OWNERS, end_columns, ends_from
from reunite.store.tables.orders import NO_ORDER, Order
from reunite.store.tables.retired import mark_columns

Orders = Mapping[Ends, Order]
"""The order of an import by which identifiers came together first, where it said who it is."""


def insert_holds(
    scope: Scope, happenings: Iterable[Happening], *, orders: Orders = MappingProxyType({})
) -> Query[dict[Ends, int]]:
    """Write the links of merges that were stopped; the id of each by its ends."""
    rows = [
        (
            *_link_columns((review.left, review.right), each.given, orders),
            review.reason.value,
            each.at,
        )
        for each in happenings
        if isinstance(each, Held)
        for review in [each.review]
    ]
    return Query(
        dialect().with_rows(_INSERT_HOLDS, _HOLD_TYPES, rows, _place(scope)),
        lambda results: {ends_from(ends): id for rows in results for id, *ends in rows},
    )


def write(
    scope: Scope,
    happenings: Sequence[Happening],
    link_ids: Mapping[Ends, int],
    *,
    orders: Orders = MappingProxyType({}),
) -> list[Statement]:
    """Write what happened: contacts as they are in the end; the rest as it came.

    ``link_ids`` are those of the links by which merges are held.
    """
    created = _created(happenings)
    links = _links_in_the_end(happenings)
    inserted = [
        (
            *(contact.id, *columns_of(contact.values)),
            contact.created_at,
            *links.get(contact.id, (None, contact.created_at)),
        )
        for contact in created.values()
    ]
    relinked = [(id, *to) for id, to in links.items() if id not in created]
    absorbed = {each.absorbed.id for each in happenings if isinstance(each, Merged)}
    moved = [(id, *links[id]) for id in absorbed - created.keys()]
    withheld = [
        (each.contact.id, *mark_columns(mark), each.at)
        for each in happenings
        if isinstance(each, Created) and each.withheld
        for mark in _withheld(each)
    ]
    link_rows = _link_rows(happenings, orders)
    with_rows = dialect().with_rows
    return [
        *with_rows(_INSERT_CONTACTS, _CONTACT_TYPES, inserted, [scope.workspace_id]),
        *identifiers.insert((id, contact.values) for id, contact in created.items()),
        *contact_changes.relink(relinked),
        *with_rows(_REPOINT_DELETED, _MOVED_TYPES, moved),
        *with_rows(_INSERT_WITHHELD, _WITHHELD_TYPES, withheld),
        *with_rows(_INSERT_LINKS, _LINK_TYPES, link_rows, _place(scope)),
        *_retirements(scope, happenings),
        *events.happened(scope, _entries(happenings, link_ids)),
    ]


_CONTACT_TYPES = {
    "id": "bigint",
    **VALUE_TYPES,
    "created_at": "timestamptz",
    "linked_id": "bigint",
    "updated_at": "timestamptz",
}
_INSERT_CONTACTS = f"""
    INSERT INTO contact (workspace_id, id, {VALUES}, created_at, linked_id, updated_at,
                         link_precedence)
    SELECT %s, id, {VALUES}, created_at, linked_id, {{latest}}(updated_at, created_at),
           CASE WHEN linked_id IS NULL THEN 'primary' ELSE 'secondary' END
    FROM {{rows}}
"""

_MOVED_TYPES = {"from_id": "bigint", "to_id": "bigint", "at": "timestamptz"}
_REPOINT_DELETED = f"""
    UPDATE contact SET linked_id = r.to_id, {UPDATED}
    FROM {{rows}} WHERE contact.linked_id = r.from_id AND contact.deleted_at IS NOT NULL
"""

_WITHHELD_TYPES = {"contact_id": "bigint", "kind": "text", "value": "text", "at": "timestamptz"}
_INSERT_WITHHELD = """
    INSERT INTO withheld (contact_id, kind, value, created_at)
    SELECT contact_id, kind, value, at FROM {rows}
"""

_LINK_COLUMNS = {
    "left_kind": "text",
    "left_key": "text",
    "right_kind": "text",
    "right_key": "text",
    "left_value": "text",
    "right_value": "text",
    "external_id": "text",
    "source": "text",
}
_OF_LINKS = ", ".join(_LINK_COLUMNS)
_LINK_TYPES = {**_LINK_COLUMNS, "state": "text", "created_at": "timestamptz"}
_INSERT_LINKS = f"""
    INSERT INTO link (workspace_id, request_id, import_id, {_OF_LINKS}, state, created_at, origin,
                      reason)
    SELECT %s, %s, %s, {_OF_LINKS}, state, created_at, 'request', '' FROM {{rows}}
"""

_HOLD_TYPES = {**_LINK_COLUMNS, "held_for": "text", "created_at": "timestamptz"}
_INSERT_HOLDS = f"""
    INSERT INTO link (workspace_id, request_id, import_id, {_OF_LINKS}, held_for, created_at,
                      origin, state, reason)
    SELECT %s, %s, %s, {_OF_LINKS}, held_for, created_at, 'request', 'held', '' FROM {{rows}}
    RETURNING id, left_kind, left_key, right_kind, right_key
"""

_TAKE_KEY_OUT = """
    UPDATE contact SET {kind}_key = NULL
    FROM {{rows}} WHERE contact.workspace_id = r.workspace_id AND contact.{kind}_key = r.key
                    AND contact.deleted_at IS NULL
"""
_KEY_TYPES = {"workspace_id": "bigint", "key": "text"}
_OTHERS_TYPES = {"contact_id": "bigint", "others": "text"}
_WRITE_OTHERS = """
    UPDATE contact SET others = r.others FROM {rows} WHERE contact.id = r.contact_id
"""
_SUSPENDED_TYPES = {"link_id": "bigint"}
_SUSPEND = "UPDATE link SET state = 'suspended' FROM {rows} WHERE link.id = r.link_id"
# A merge that was held until its persons became one waits again where they parted.
_REOPEN = f"""
    UPDATE link SET state = 'held'
    WHERE workspace_id = %s AND state = 'settled'
      AND {OWNERS["left"]} IS DISTINCT FROM {OWNERS["right"]}
"""


def _created(happenings: Iterable[Happening]) -> dict[int, Contact]:
    """The new contacts by id, with the keys that they have in the end."""
    created: dict[int, Contact] = {}
    for each in happenings:
        if isinstance(each, Created):
            created[each.contact.id] = each.contact
        elif isinstance(each, Retired):
            created = {id: contact.without(each.identifier) for id, contact in created.items()}
    return created


def _withheld(created: Created) -> list[Mark]:
    """The values that do not count in a new contact, though they do in others."""
    marks = {Identifier(each.kind, each.form or ""): each.mark for each in created.contact.values}
    return [marks.get(each, each.kind) for each in created.withheld]


def _links_in_the_end(happenings: Iterable[Happening]) -> dict[int, tuple[int | None, datetime]]:
    """The primary, if any, of each contact that was linked, moved or survived, and since when."""
    links: dict[int, tuple[int | None, datetime]] = {}
    for each in happenings:
        match each:
            case Created(contact, person) if person.id != contact.id:
                links[contact.id] = person.id, each.at
            case Merged(survivor):
                links[survivor.id] = None, each.at
                links.update(dict.fromkeys(each.contact_ids, (survivor.id, each.at)))
            case Retired(hub, before, after):
                carriers = {c.id for c in before.contacts if hub in c.identifiers}
                for result in after:
                    for contact in result.contacts:
                        if contact.id in carriers or result.id != before.id:
                            to_id = None if result.id == contact.id else result.id
                            links[contact.id] = to_id, each.at
    return links


def _link_rows(happenings: Sequence[Happening], orders: Orders) -> list[Sequence[object]]:
    dropped = {ends for each in happenings if isinstance(each, Retired) for ends in each.dropped}
    rows: list[Sequence[object]] = []
    for each in happenings:
        if isinstance(each, Merged) and each.link is not None:
            state = "suspended" if each.link in dropped else "live"
            rows.append((*_link_columns(each.link, each.given, orders), state, each.at))
    return rows


def _retirements(scope: Scope, happenings: Iterable[Happening]) -> list[Statement]:
    retired = [each for each in happenings if isinstance(each, Retired)]
    if not retired:
        return []
    with_rows = dialect().with_rows
    statements = []
    for kind in Kind:
        keys = [each.identifier.key for each in retired if each.identifier.kind is kind]
        rows = [(scope.workspace_id, key) for key in keys]
        statements += with_rows(_TAKE_KEY_OUT.format(kind=kind), _KEY_TYPES, rows)
    others = _without_hubs(retired)
    written = [(id, keyed_columns(values)[-1]) for id, values in others.items()]
    suspended = [(link_id,) for each in retired for link_id in each.suspended]
    return [
        *statements,
        *with_rows(_WRITE_OTHERS, _OTHERS_TYPES, written),
        *identifiers.replace(others.items()),
        *(
            statement
            for each in retired
            for statement in retired_rows.insert(
                scope, each.identifier, each.given, origin=Origin.GUARD, at=each.at
            )
        ),
        *with_rows(_SUSPEND, _SUSPENDED_TYPES, suspended),
        Statement(_REOPEN, [scope.workspace_id]),
        policies.change(scope, at=retired[-1].at),
    ]


def _without_hubs(retired: Sequence[Retired]) -> dict[int, tuple[Value, ...]]:
    """The values, in the end, of contacts that carried a hub of a declared kind."""
    carriers = {
        contact.id
        for each in retired
        if not isinstance(each.identifier.kind, Kind)
        for contact in each.before.contacts
        if each.identifier in contact.identifiers
    }
    return {
        contact.id: contact.values
        for each in retired
        for person in each.after
        for contact in person.contacts
        if contact.id in carriers
    }


def _entries(happenings: Iterable[Happening], link_ids: Mapping[Ends, int]) -> list[events.Entry]:
    return [entry for each in happenings for entry in _entries_of(each, link_ids)]


def _entries_of(happening: Happening, link_ids: Mapping[Ends, int]) -> list[events.Entry]:
    at = happening.at
    match happening:
        case Created(contact, person, _, ignored):
            created = ContactCreated(contact_id=contact.id, ignored=dict(ignored) or None)
            return [events.Entry(person.id, created, at)]
        case Merged(person, absorbed, contact_ids, link):
            merged = PersonMerged(absorbed_id=absorbed.id, contact_ids=contact_ids)
            return [events.Entry(person.id, merged, at, link)]
        case Held(person, other, review):
            link_id = link_ids[review.left, review.right]
            held = MergeHeld(
                link_id=link_id,
                other_id=other.id,
                reason=review.reason,
                kinds=review.kinds or None,
            )
            return [events.Entry(person.id, held, at)]
        case BecameSuspicious():
            return [suspicious.entry(happening)]
        case _:  # Retired
            hub, before = happening.identifier, happening.before
            carriers = (each.id for each in before.contacts if hub in each.identifiers)
            retired = IdentifierRetired(
                kind=hub.kind,
                origin=Origin.GUARD,
                contact_ids=tuple(sorted(carriers)),
                suspended_link_ids=happening.suspended,
            )
            return [
                events.Entry(id, event, at) for id, event in retired.of([before], happening.after)
            ]


def _link_columns(ends: Ends, given: Given, orders: Orders) -> tuple[object, ...]:
    left, right = ends
    return *end_columns(left), *end_columns(right), *given, *orders.get(ends, NO_ORDER)


def _place(scope: Scope) -> list[object]:
    return [scope.workspace_id, scope.request_id, scope.import_id]
