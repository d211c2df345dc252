"""Writes the effects of a repair: evidence that comes or goes, and the persons that result.

Repairs run behind the gate of the workspace, so no other writer comes between.
"""

from collections.abc import Container, Iterable, Sequence
from datetime import datetime

from reunite.core.events import MergeReopened, MergeSettled, Regrouping
from reunite.core.identify.happenings import BecameSuspicious
from reunite.core.persons.person import Person, ends_in
from reunite.core.persons.suspicion import Counts, becomes_suspicious
from reunite.core.repair.regroup import Affected, Change, LinkState, Regrouped, groups, members
from reunite.core.scope import Scope
from reunite.store.database.dialects import Statement
from reunite.store.persons import suspicious
from reunite.store.tables import contact_changes, events, links

GONE_REASON = "The last contact with one of its identifiers was deleted."


def write(
    scope: Scope,
    before: Affected,
    change: Change,
    after: Regrouped,
    *,
    event: Regrouping,
    at: datetime,
    reason: str | None = None,
) -> list[Statement]:
    """Write what changed: keys, contacts that change hands, links; and tell of it.

    ``reason`` is stored with the links whose state the change itself names.
    """
    contacts = before.contacts
    was = {c.id: person.id for person in before.persons for c in person.contacts}
    rekeyed = {
        id: new
        for id, new in change.values.items()
        if id in contacts and new != contacts[id].values
    }
    moved = [
        (contact.id, None if contact.id == person.id else person.id, at)
        for person in after.persons
        for contact in person.contacts
        if was.get(contact.id, contact.id) != person.id
    ]
    states = [
        links.NewState(id, state, _reason(id, change, reason), at)
        if id in change.link_states or state is LinkState.REVOKED
        else links.NewState(id, state)
        for id, state in after.link_states.items()
    ]
    # Contacts that have these keys already get no event.
    only = rekeyed.keys() if change.values else None
    return [
        *contact_changes.delete(change.deleted, at=at),
        *contact_changes.undelete(change.undeleted, at=at),
        *contact_changes.rekey(rekeyed, at=at),
        *contact_changes.relink(moved),
        *links.change(states, by=scope.who),
        *tell(scope, before.persons, after.persons, event=event, at=at, only=only),
        *_tell_of_reviews(scope, before, change, after, at),
    ]


def _tell_of_reviews(
    scope: Scope, before: Affected, change: Change, after: Regrouped, at: datetime
) -> list[Statement]:
    """Write the events of held links that need no decision any more, or need one again."""
    links = {known.link.id: known for known in before.links}
    owners = {end: person.id for person in after.persons for end in ends_in([person])}
    entries = []
    for id, state in after.link_states.items():
        settles = state is LinkState.SETTLED
        if settles or (state is LinkState.HELD and links[id].state is LinkState.SETTLED):
            event = MergeSettled(link_id=id) if settles else MergeReopened(link_id=id)
            left, right = change.link_ends.get(id, links[id].ends)
            person_id = owners.get(left, owners.get(right, 0))
            entries.append(events.Entry(person_id, event, at))
    return events.happened(scope, entries)


def tell(
    scope: Scope,
    before: Iterable[Person],
    after: Iterable[Person],
    *,
    event: Regrouping,
    at: datetime,
    only: Container[int] | None = None,
    nobody_id: int | None = None,
) -> list[Statement]:
    """Write the events of persons before and after, by groups that contacts moved between.

    Each resulting person has an event; if none results, each person before has one. With ``only``,
    persons that stay as they are and have none of these contacts have no event. If there is no
    person before or after, ``nobody_id`` is the person of the event.
    """
    entries = []
    found: list[BecameSuspicious] = []
    for were, are in groups(before, after):
        found += _becoming_suspicious(were, are, at)
        named = only is None or any(c.id in only for person in were for c in person.contacts)
        if named or members(were) != members(are):
            entries += [events.Entry(id, each, at) for id, each in event.of(were, are)]
    if not entries and nobody_id is not None:
        entries.append(events.Entry(nobody_id, event, at))
    suspicious.log(found)
    return [*events.happened(scope, entries), *suspicious.tell(scope, found)]


def _becoming_suspicious(
    were: Sequence[Person], are: Sequence[Person], at: datetime
) -> list[BecameSuspicious]:
    before = [Counts.of(person) for person in were]
    after = ((person, Counts.of(person)) for person in are)
    return [
        BecameSuspicious(person.id, counts, at)
        for person, counts in after
        if becomes_suspicious(before, counts)
    ]


def _reason(link_id: int, change: Change, reason: str | None) -> str | None:
    if link_id in change.link_states:
        return reason
    return GONE_REASON
