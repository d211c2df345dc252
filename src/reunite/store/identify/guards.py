"""The facts for guards: separations, earlier reviews, sizes of persons."""

from collections.abc import Sequence
from dataclasses import dataclass, replace

from reunite.core.identifiers.kinds import ContactDetails, Identifier, Kind, kind_of
from reunite.core.identify.guards import GuardContext, GuardFacts, needs_facts
from reunite.core.identify.hubs import may_retire
from reunite.core.identify.plan import HoldReason, Review, ReviewState
from reunite.core.persons.person import Person, Primary, ends_in, identifiers_in
from reunite.core.persons.suspicion import MAX_CONTACTS, Counts
from reunite.core.policy.policy import Policy
from reunite.core.repair.regroup import LinkState
from reunite.core.scope import Scope
from reunite.store.database.dialects import Row, Statement, dialect
from reunite.store.database.queries import Query, Reader, query
from reunite.store.persons import known
from reunite.store.tables import links, retired
from reunite.store.tables.columns import KEYS

_MEMBERS = f"""(
    SELECT id, id AS person_id, {", ".join(KEYS)} FROM contact
    WHERE id = %s AND deleted_at IS NULL
    UNION ALL
    SELECT id, linked_id, {", ".join(KEYS)} FROM contact
    WHERE linked_id = %s AND deleted_at IS NULL) AS m"""

_COUNTS = f"""
    SELECT count(*), {", ".join(f"count(DISTINCT m.{key})" for key in KEYS)},
           count(CASE WHEN {" OR ".join(f"m.{key} = %s" for key in KEYS)} THEN 1 END)
    FROM {{members}}
"""
_NO_KEYS = (None,) * len(KEYS)
_COUNTS_OF_ALL = _COUNTS.format(members=_MEMBERS)
# Who has more contacts than these is suspicious, however many more.
_COUNTS_OF_SOME = _COUNTS.format(
    members=f"(SELECT * FROM {_MEMBERS} LIMIT {MAX_CONTACTS + 1}) AS m"
)

# A workspace without separations pays one look into an empty table.
_KEPT_APART = f"""
    SELECT 1 FROM {_MEMBERS}
    JOIN separation s ON s.left_id = m.id JOIN contact o ON o.id = s.right_id
    WHERE coalesce(o.linked_id, o.id) = %s
    UNION ALL
    SELECT 1 FROM {_MEMBERS}
    JOIN separation s ON s.right_id = m.id JOIN contact o ON o.id = s.left_id
    WHERE coalesce(o.linked_id, o.id) = %s
    LIMIT 1
"""

_REVIEW_COLUMNS = """
    link.left_kind, link.left_key, link.right_kind, link.right_key, link.held_for, link.state,
    link.id
"""
# A settled link whose ends were parted since, by a hub that was retired, say, is held again.
_WAS_STOPPED = "link.state IN ('held', 'settled', 'rejected')"
# Held links begin at the stronger of two kinds, as the policy of that time had it: those that begin
# at an identifier of either person are all of them.
_BEGINS_AT = f"""
    SELECT {_REVIEW_COLUMNS} FROM {_MEMBERS} CROSS JOIN link
    WHERE EXISTS (SELECT 1 FROM link WHERE workspace_id = %s AND {_WAS_STOPPED})
      AND link.workspace_id = %s AND link.left_kind = '{{kind}}'
      AND link.left_key = m.{{kind}}_key AND {_WAS_STOPPED}
      AND {links.BUILT_IN_OWNERS["right"]} = %s
"""
_REVIEW = f"{' UNION ALL '.join(_BEGINS_AT.format(kind=kind) for kind in Kind)} ORDER BY 7 LIMIT 1"

_REVIEWS = f"""
    SELECT {_REVIEW_COLUMNS} FROM {{ends}} CROSS JOIN link
    WHERE link.workspace_id = %s AND link.left_kind = e.kind
      AND link.left_key = e.key AND {_WAS_STOPPED}
    ORDER BY link.id
"""
_SEPARATIONS = """
    SELECT s.left_id, s.right_id FROM {contacts} CROSS JOIN separation s WHERE s.left_id = c.id
"""


def merge_facts(scope: Scope, one: Primary, other: Primary, *, policy: Policy) -> Query[GuardFacts]:
    """The facts for guards about two persons that would merge."""
    ids, back = [one.id, one.id], [other.id, other.id]
    place = [scope.workspace_id, scope.workspace_id]
    return Query(
        [
            Statement(_KEPT_APART, [*ids, other.id, *ids, other.id]),
            Statement(_REVIEW, [*ids, *place, other.id] * len(Kind)),
            Statement(_REVIEW, [*back, *place, one.id] * len(Kind)),
            Statement(_counting(policy), [*_NO_KEYS, *ids]),
            Statement(_counting(policy), [*_NO_KEYS, *back]),
        ],
        _merge_facts_from,
    )


def link_facts(
    person: Primary, details: ContactDetails, *, led_by: Identifier, policy: Policy
) -> Query[GuardFacts]:
    """The facts for guards about a person that a newcomer would join by ``led_by``."""
    params = [*(details.key(kind) for kind in Kind), person.id, person.id]

    def facts_from(rows: list[Row]) -> GuardFacts:
        *counts, carriers = rows[0]
        return GuardFacts(counts=[Counts.of_row(*counts)], carriers={led_by: carriers})

    return query(Statement(_counting(policy), params), facts_from)


def _merge_facts_from(results: Sequence[list[Row]]) -> GuardFacts:
    kept_apart, *reviews, one, other = results
    review = next((_review_from(row) for found in reviews for row in found), None)
    counts = [Counts.of_row(*row[:3]) for row in (*one, *other)]
    return GuardFacts(bool(kept_apart), review, counts)


def _counting(policy: Policy) -> str:
    return _COUNTS_OF_ALL if needs_facts(policy) else _COUNTS_OF_SOME


def guard_context(
    scope: Scope, persons: Sequence[Person], *, policy: Policy
) -> Query[GuardContext]:
    """The facts for guards about persons."""
    current = dialect()
    contacts = current.ids("c", (c.id for person in persons for c in person.contacts))
    lefts = sorted((str(kind), key) for kind, key in identifiers_in(persons))
    table = current.table("e", {"kind": "text", "key": "text"}, lefts)
    of_lefts = [*table.params, scope.workspace_id]
    live = links.live(scope, ends_in(persons))

    def context_from(results: Sequence[list[Row]]) -> GuardContext:
        separations, reviews, *live_rows = results
        return GuardContext(
            policy=policy,
            separations=[(left, right) for left, right in separations],
            reviews=[_review_from(row) for row in reviews],
            links={link.id: (link.left, link.right) for link in live.found_from(live_rows)},
        )

    return Query(
        [
            Statement(_SEPARATIONS.format(contacts=contacts.sql), contacts.params, prepared=False),
            Statement(_REVIEWS.format(ends=table.sql), of_lefts, prepared=False),
            *live.statements,
        ],
        context_from,
    )


def _review_from(row: Row) -> Review:
    left_kind, left_key, right_kind, right_key, reason, state, link_id = row
    left, right = (
        Identifier(kind_of(left_kind), left_key),
        Identifier(kind_of(right_kind), right_key),
    )
    state = LinkState(state).decided
    return Review(left, right, HoldReason(reason), ReviewState(state.value), link_id)


# One row tells that a workspace has no separation, rejected link or retired identifier.
_IS_ANYTHING_STOPPED = """
    EXISTS (SELECT 1 FROM separation WHERE workspace_id = w.id)
    OR EXISTS (SELECT 1 FROM link WHERE workspace_id = w.id AND state = 'held')
    OR EXISTS (SELECT 1 FROM link WHERE workspace_id = w.id AND state = 'settled')
    OR EXISTS (SELECT 1 FROM link WHERE workspace_id = w.id AND state = 'rejected')
"""
_STOPS_MERGES = f"SELECT {_IS_ANYTHING_STOPPED} FROM workspace w WHERE w.id = %s"
_CONCERNS = f"""
    SELECT w.revision,
           {_IS_ANYTHING_STOPPED} OR EXISTS (SELECT 1 FROM retired WHERE workspace_id = w.id)
    FROM workspace w WHERE w.id = %s
"""


def stops_merges(scope: Scope) -> Query[bool]:
    """Whether persons are kept apart, or any merge was held or rejected."""
    return query(Statement(_STOPS_MERGES, [scope.workspace_id]), lambda rows: bool(rows[0][0]))


@dataclass(frozen=True, slots=True)
class ReplayInput:
    """The persons that requests concern, and the facts for guards about them, at a revision.

    ``owners`` are the persons of the requests' identifiers; identifiers without a person are left
    out.
    """

    persons: list[Person]
    owners: dict[Identifier, Primary]
    context: GuardContext
    revision: int


def read_replay_input(
    scope: Scope,
    reader: Reader,
    requests: Sequence[ContactDetails],
    *,
    policy: Policy,
    max_contacts: int | None = None,
) -> ReplayInput:
    """Read, in at most three round trips, all that a replay of requests needs.

    Where guards ask nothing about persons, at most ``max_contacts`` of each, the oldest. Links are
    read where a merge may be stopped, or a hub be found, which they hold together.
    """
    if needs_facts(policy):
        max_contacts = None
    concerned = Statement(_CONCERNS, [scope.workspace_id], prepared=False)
    found, (revision, concerns) = reader.read(
        known.first(scope, requests, max_contacts=max_contacts),
        query(concerned, lambda rows: rows[0]),
    )
    persons = found.persons
    if not (concerns or may_retire(policy)):
        return ReplayInput(persons, found.owners, GuardContext(policy=policy), revision)
    if any(person.more for person in persons):
        return read_replay_input(scope, reader, requests, policy=policy)
    identifiers = {identifier for details in requests for identifier in details.identifiers}
    gone, around = reader.read(
        retired.those(scope, identifiers), guard_context(scope, persons, policy=policy)
    )
    around = replace(around, retired=frozenset(each.identifier for each in gone))
    return ReplayInput(persons, found.owners, around, revision)
