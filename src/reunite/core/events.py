"""The catalogue of events: one class for each type, with the fields of its payload.

A payload holds ids, numbers, and words of the project such as ``phone`` or ``blocked``. It never
holds personal data, so erasing a person need not change what happened. Events are written in the
transaction that did what they tell, and never change: fields may be added to a type, but none may
be removed, renamed or given another meaning.
"""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, fields, replace
from enum import StrEnum
from typing import Annotated, Any, ClassVar, Self

from reunite.core.identifiers.kinds import Ignored
from reunite.core.identify.plan import HoldReason
from reunite.core.persons.person import Person

LATER = "Rows that an older version wrote do not have it."
"""Marks a field that all new rows of a type have, and old rows do not."""

MAX_TOLD_WHOLE = 20
"""Up to this many resulting persons, each event holds all of them. Beyond, only the event of the
oldest person does."""

Ids = tuple[int, ...] | None
"""A list of ids; None, and left out, in the partial event of one of very many persons."""


class Origin(StrEnum):
    """Who lets an identifier no longer count."""

    OPERATOR = "operator"
    GUARD = "guard"


class DisabledFor(StrEnum):
    """Why a webhook is disabled."""

    FAILURES = "failures"
    GONE = "gone"
    OPERATOR = "operator"


@dataclass(frozen=True, slots=True, kw_only=True)
class PersonIds:
    """A person and its contacts, by ids."""

    person_id: Annotated[int, "The person."]
    contact_ids: Annotated[tuple[int, ...], "The person's contacts, oldest first."]

    @classmethod
    def of(cls, person: Person) -> Self:
        """The ids of a person."""
        return cls(person_id=person.id, contact_ids=tuple(each.id for each in person.contacts))


@dataclass(frozen=True, slots=True, kw_only=True)
class Event:
    """Anything that happens. A field that is None is left out of the payload."""

    type: ClassVar[str]


@dataclass(frozen=True, slots=True, kw_only=True)
class ContactCreated(Event):
    """A contact was created. It joined the event's person, or started it if the ids are equal."""

    type: ClassVar[str] = "contact.created"
    contact_id: Annotated[int, "The new contact."]
    ignored: Annotated[
        Mapping[str, Ignored] | None,
        "Why a kind of identifier that was given does not count, if one does not.",
    ] = None


@dataclass(frozen=True, slots=True, kw_only=True)
class PersonMerged(Event):
    """The event's person absorbed another person."""

    type: ClassVar[str] = "person.merged"
    absorbed_id: Annotated[int, "The person that was absorbed."]
    contact_ids: Annotated[tuple[int, ...], "All contacts that moved to the event's person."]
    link_id: Annotated[int | None, "The link that joined the two persons.", LATER] = None


@dataclass(frozen=True, slots=True, kw_only=True)
class MergeHeld(Event):
    """A guard stopped the event's person and another from becoming one; the link waits."""

    type: ClassVar[str] = "merge.held"
    link_id: Annotated[int, "The held link."]
    other_id: Annotated[int, "The person that the event's person was not joined with."]
    reason: Annotated[HoldReason, "The guard that stopped the merge."]
    kinds: Annotated[
        tuple[str, ...] | None,
        "The kinds with too many identifiers, if the policy declares kinds.",
    ] = None


@dataclass(frozen=True, slots=True, kw_only=True)
class MergeSettled(Event):
    """The ends of a held link became one person in another way."""

    type: ClassVar[str] = "merge.settled"
    link_id: Annotated[int, "The link, about which there is nothing to decide any more."]


@dataclass(frozen=True, slots=True, kw_only=True)
class MergeReopened(Event):
    """The ends of a settled link parted, so the link waits for review again."""

    type: ClassVar[str] = "merge.reopened"
    link_id: Annotated[int, "The link, which is held again."]


@dataclass(frozen=True, slots=True, kw_only=True)
class MergeDeferred(Event):
    """A reviewer was unsure about a held link. It stays held, behind the others."""

    type: ClassVar[str] = "merge.deferred"
    link_id: Annotated[int, "The held link."]


@dataclass(frozen=True, slots=True, kw_only=True)
class PersonSuspicious(Event):
    """The event's person became suspicious."""

    type: ClassVar[str] = "person.suspicious"
    contacts: Annotated[int, "How many contacts the person has."]
    emails: Annotated[int, "How many emails the person has."]
    phone_numbers: Annotated[int, "How many phone numbers the person has."]


@dataclass(frozen=True, slots=True, kw_only=True)
class ImportLoaded(Event):
    """A file was loaded into an empty workspace, with this one event for all its rows.

    The event's person is 0, and there are no events for the single contacts.
    """

    type: ClassVar[str] = "import.loaded"
    import_id: Annotated[int, "The import."]
    contacts: Annotated[int, "How many contacts were created."]
    persons: Annotated[int, "How many persons they are."]
    merges: Annotated[int, "How many links join them."]
    first_id: Annotated[int | None, "The first of the contacts, if there are any."] = None
    last_id: Annotated[int | None, "The last of the contacts, if there are any."] = None


@dataclass(frozen=True, slots=True, kw_only=True)
class WebhookDisabled(Event):
    """A webhook was disabled: its receiver is told of nothing more. The event's person is 0."""

    type: ClassVar[str] = "webhook.disabled"
    webhook_id: Annotated[int, "The webhook."]
    reason: Annotated[
        DisabledFor,
        "`failures`: for days no message was delivered; `gone`: the receiver answered 410; "
        "`operator`: an operator disabled it.",
    ]


@dataclass(frozen=True, slots=True, kw_only=True)
class Regrouping(Event):
    """An event about persons that are derived anew.

    There is one for each person that results. Without any, one for each person that was.
    """

    before: Annotated[tuple[PersonIds, ...], "The persons before, oldest first."] = ()
    after: Annotated[tuple[PersonIds, ...], "The persons after, oldest first."] = ()

    def of(self, before: Iterable[Person], after: Iterable[Person]) -> Iterator[tuple[int, Self]]:
        """The events of persons that contacts moved between, each with the id of its person."""
        was, are = (tuple(map(PersonIds.of, persons)) for persons in (before, after))
        whole = replace(self, before=was, after=are)
        person_of = {id: each.person_id for each in was for id in each.contact_ids}
        for place, person in enumerate(are or was):
            is_part = place > 0 and len(are) > MAX_TOLD_WHOLE
            yield person.person_id, self._part(person, person_of) if is_part else whole

    def _part(self, person: PersonIds, person_of: Mapping[int, int]) -> Self:
        """The event of one of very many persons: only the person's contacts, no other lists."""
        before: defaultdict[int, list[int]] = defaultdict(list)
        for id in person.contact_ids:
            if id in person_of:
                before[person_of[id]].append(id)
        lists = [each.name for each in fields(self) if isinstance(getattr(self, each.name), tuple)]
        was = tuple(PersonIds(person_id=id, contact_ids=tuple(ids)) for id, ids in before.items())
        short: dict[str, Any] = {**dict.fromkeys(lists), "before": was, "after": (person,)}
        return replace(self, **short)


@dataclass(frozen=True, slots=True, kw_only=True)
class IdentifierRetired(Regrouping):
    """An operator, or a guard that found a hub, lets an identifier no longer count."""

    type: ClassVar[str] = "identifier.retired"
    kind: Annotated[str, "The kind of the identifier."]
    origin: Annotated[Origin, "Who retired it.", LATER]
    contact_ids: Annotated[Ids, "The contacts that carried it.", LATER]
    suspended_link_ids: Annotated[
        Ids,
        "The links that no longer count; without those that the same batch or import has made.",
        LATER,
    ]


@dataclass(frozen=True, slots=True, kw_only=True)
class IdentifierRestored(Regrouping):
    """An operator lets a retired identifier count again."""

    type: ClassVar[str] = "identifier.restored"
    kind: Annotated[str, "The kind of the identifier."]
    contact_ids: Annotated[Ids, "The contacts that carry it again."]
    live_link_ids: Annotated[Ids, "The links that count again."]


@dataclass(frozen=True, slots=True, kw_only=True)
class PersonErased(Regrouping):
    """A person was erased; ``after`` is empty."""

    type: ClassVar[str] = "person.erased"
    contact_ids: Annotated[Ids, "All contacts that are empty now, deleted ones too."]


@dataclass(frozen=True, slots=True, kw_only=True)
class PolicyApplied(Regrouping):
    """A version of the policy is in force, by which contacts of these persons have other keys."""

    type: ClassVar[str] = "policy.applied"
    version: Annotated[int, "The version of the policy."]


@dataclass(frozen=True, slots=True, kw_only=True)
class PersonsRebuilt(Regrouping):
    """``reunite rebuild`` found persons stored otherwise than the evidence says."""

    type: ClassVar[str] = "persons.rebuilt"


@dataclass(frozen=True, slots=True, kw_only=True)
class Repair(Regrouping):
    """An event of a repair that can be undone."""

    repair_id: Annotated[int | None, "The repair, by which it can be undone.", LATER] = None


@dataclass(frozen=True, slots=True, kw_only=True)
class ContactDeleted(Repair):
    """An operator deleted a contact."""

    type: ClassVar[str] = "contact.deleted"
    contact_id: Annotated[int, "The deleted contact."]
    revoked_link_ids: Annotated[Ids, "The links that are revoked with it."]


@dataclass(frozen=True, slots=True, kw_only=True)
class LinkRevoked(Repair):
    """An operator took a link back."""

    type: ClassVar[str] = "link.revoked"
    link_id: Annotated[int, "The link."]
    separation_ids: Annotated[Ids, "The separations that keep its ends apart from now on."]


@dataclass(frozen=True, slots=True, kw_only=True)
class LinkRejected(Repair):
    """An operator decided that a held link is not to count."""

    type: ClassVar[str] = "link.rejected"
    link_id: Annotated[int, "The link."]
    separation_ids: Annotated[Ids, "The separations that keep its ends apart from now on."]


@dataclass(frozen=True, slots=True, kw_only=True)
class LinkRestored(Repair):
    """A revoked link counts again, or a rejected link is held again."""

    type: ClassVar[str] = "link.restored"
    link_id: Annotated[int, "The link."]


@dataclass(frozen=True, slots=True, kw_only=True)
class LinkApproved(Repair):
    """An operator lets a held link count."""

    type: ClassVar[str] = "link.approved"
    link_id: Annotated[int, "The link."]


@dataclass(frozen=True, slots=True, kw_only=True)
class PersonSplit(Repair):
    """An operator divided a person."""

    type: ClassVar[str] = "person.split"
    contact_ids: Annotated[Ids, "The contacts of one side."]
    revoked_link_ids: Annotated[Ids, "The links between the sides, which are revoked."]
    separation_ids: Annotated[Ids, "The separations that keep the sides apart from now on."]


@dataclass(frozen=True, slots=True, kw_only=True)
class PersonsSeparated(Repair):
    """An operator keeps two persons apart; they stay as they are."""

    type: ClassVar[str] = "persons.separated"
    separation_id: Annotated[int, "The separation."]
    contact_ids: Annotated[Ids, "The two contacts that it keeps apart."]


@dataclass(frozen=True, slots=True, kw_only=True)
class SeparationLifted(Repair):
    """An operator lets two persons become one again."""

    type: ClassVar[str] = "separation.lifted"
    separation_id: Annotated[int, "The separation, which does not exist any more."]
    contact_ids: Annotated[Ids, "The two contacts that it kept apart."]


@dataclass(frozen=True, slots=True, kw_only=True)
class PersonsJoined(Repair):
    """An operator joined two contacts."""

    type: ClassVar[str] = "persons.joined"
    link_id: Annotated[int, "The link that joins them."]
    contact_ids: Annotated[Ids, "The two contacts."]


@dataclass(frozen=True, slots=True, kw_only=True)
class RepairUndone(Repair):
    """An operator undid a repair, by a repair of its own."""

    type: ClassVar[str] = "repair.undone"
    undone_id: Annotated[int, "The repair that was undone."]


EVENTS: Mapping[str, type[Event]] = {
    each.type: each
    for each in (
        *(ContactCreated, PersonMerged, PersonSuspicious, ImportLoaded, WebhookDisabled),
        *(MergeHeld, MergeSettled, MergeReopened, MergeDeferred),
        *(ContactDeleted, PersonSplit, PersonsJoined, PersonsSeparated, SeparationLifted),
        *(LinkRevoked, LinkRestored, LinkApproved, LinkRejected, RepairUndone),
        *(IdentifierRetired, IdentifierRestored, PersonErased, PolicyApplied, PersonsRebuilt),
    )
}
"""All types of events by name."""
