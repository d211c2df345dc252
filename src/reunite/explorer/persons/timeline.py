"""What happened to a person, in words, with who did it."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, cast

from django.http import HttpRequest, HttpResponse

from reunite.core import events
from reunite.core.access.callers import KeyScope
from reunite.core.scope import Scope
from reunite.explorer.http.page import answer, is_fragment, page
from reunite.explorer.http.query import number_in
from reunite.services.persons.show import Event, History, show_history
from reunite.services.repair.separate import list_separations

PAGE_LENGTH = 25
_IDS_MAX_TOLD = 5
_SEPARATIONS_MAX_READ = 100

Payload = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Told:
    """An event in words; ``order`` is what brought it, if an import says so.

    ``reason`` is the reason of the operator, as the separation that the event made keeps it.
    """

    event: Event
    sentence: str
    order: str
    reason: str
    weight: str
    """``good``, ``bad`` or ``plain``: where to look first for a mistake."""


def told(scope: Scope, history: History) -> list[Told]:
    """The events of a page of a history in words, in their order."""
    reasons = _reasons(scope, history)
    return [
        Told(
            event,
            _sentence(event),
            _orders(history, event),
            next((reasons[id] for id in _separation_ids(event) if reasons.get(id)), ""),
            _WEIGHTS.get(event.type, "plain"),
        )
        for event in history.events
    ]


@page(needs=(KeyScope.READ,))
def show(request: HttpRequest, scope: Scope, id: int) -> HttpResponse:
    """A page of what happened, or what follows in the page that is open."""
    history = show_history(scope, id, after=number_in(request, "after"), limit=PAGE_LENGTH)
    shown = {
        "person_id": history.person_id,
        "happenings": told(scope, history),
        "later": history.next,
    }
    part = "happenings" if is_fragment(request) else "timeline"
    return answer(request, f"persons/{part}", shown)


def _reasons(scope: Scope, history: History) -> Mapping[int, str]:
    """The reasons of the separations that events of a page tell of, as far as they still stand."""
    if not any(map(_separation_ids, history.events)):
        return {}
    kept = list_separations(
        scope, after=0, limit=_SEPARATIONS_MAX_READ, contact_id=history.person_id
    )
    return {each.id: each.reason for each in kept}


def _separation_ids(event: Event) -> Sequence[int]:
    return cast(Sequence[int], event.payload.get("separationIds") or ())


def _sentence(event: Event) -> str:
    say = _SENTENCES.get(event.type)
    return say(event.payload, event.person_id) if say else event.type


def _orders(history: History, event: Event) -> str:
    orders = [each.order for each in history.brought.get(event.position, ())]
    names = [" of ".join(filter(None, order)) for order in orders if any(order)]
    return ", ".join(names[:_IDS_MAX_TOLD]) + ("…" if len(names) > _IDS_MAX_TOLD else "")


def _ids(noun: str, ids: Any) -> str:
    """``contact 3``, ``contacts 3 and 5``, or how many there are."""
    if not ids:
        return f"{noun}s"
    if len(ids) > _IDS_MAX_TOLD:
        return f"{len(ids)} {noun}s"
    *first, last = map(str, ids)
    return f"{noun}s {', '.join(first)} and {last}" if first else f"{noun} {last}"


def _regrouped(payload: Payload) -> str:
    before, after = len(payload.get("before", ())), len(payload.get("after", ()))
    if after > before:
        return f": {before or 1} person became {after}."
    if after < before:
        return f": {before} persons became {after or 'no person'}."
    return "."


def _created(payload: Payload, person_id: int) -> str:
    id = payload["contactId"]
    began = f"{'began' if id == person_id else 'was added to'} person {person_id}"
    ignored = payload.get("ignored") or {}
    why = "".join(f" Its {kind} did not count: {reason}." for kind, reason in ignored.items())
    return f"Contact {id} {began}.{why}"


_SENTENCES: Mapping[str, Callable[[Payload, int], str]] = {
    events.ContactCreated.type: _created,
    events.PersonMerged.type: lambda p, person: (
        f"Person {person} absorbed person {p['absorbedId']}: "
        f"{_ids('contact', p['contactIds'])} moved."
    ),
    events.MergeHeld.type: lambda p, person: (
        f"A merge of person {person} with person {p['otherId']} was held: {in_words(p['reason'])}."
    ),
    events.MergeSettled.type: lambda p, _: f"Held link {p['linkId']} was settled in another way.",
    events.MergeReopened.type: lambda p, _: f"Link {p['linkId']} waits for review again.",
    events.MergeDeferred.type: lambda p, _: f"A reviewer was unsure about held link {p['linkId']}.",
    events.PersonSuspicious.type: lambda p, _: (
        f"Became suspicious, with {_counted(p['contacts'], 'contact')}, "
        f"{_counted(p['emails'], 'email')} and {_counted(p['phoneNumbers'], 'phone number')}."
    ),
    events.ImportLoaded.type: lambda p, _: (
        f"Import {p['importId']} loaded contacts of this person."
    ),
    events.IdentifierRetired.type: lambda p, _: (
        f"{_kind(p)} was retired by {_by(p)}{_regrouped(p)}"
    ),
    events.IdentifierRestored.type: lambda p, _: f"{_kind(p)} counts again{_regrouped(p)}",
    events.PersonErased.type: lambda _p, person: f"Person {person} was erased.",
    events.PolicyApplied.type: lambda p, _: (
        f"Version {p['version']} of the policy was applied{_regrouped(p)}"
    ),
    events.PersonsRebuilt.type: lambda p, _: f"Rebuilt from the evidence{_regrouped(p)}",
    events.ContactDeleted.type: lambda p, _: f"Contact {p['contactId']} was deleted{_regrouped(p)}",
    events.LinkRevoked.type: lambda p, _: f"Link {p['linkId']} was revoked{_regrouped(p)}",
    events.LinkRejected.type: lambda p, _: f"Held link {p['linkId']} was rejected.",
    events.LinkRestored.type: lambda p, _: f"Link {p['linkId']} was restored{_regrouped(p)}",
    events.LinkApproved.type: lambda p, _: f"Held link {p['linkId']} was approved{_regrouped(p)}",
    events.PersonSplit.type: lambda p, _: (
        f"Split: {_ids('contact', p.get('contactIds'))} on one side{_regrouped(p)}"
    ),
    events.PersonsSeparated.type: lambda p, _: (
        f"{_ids('contact', p.get('contactIds')).capitalize()} are kept apart."
    ),
    events.SeparationLifted.type: lambda p, _: (
        f"{_ids('contact', p.get('contactIds')).capitalize()} may become one person again."
    ),
    events.PersonsJoined.type: lambda p, _: (
        f"{_ids('contact', p.get('contactIds')).capitalize()} were joined{_regrouped(p)}"
    ),
    events.RepairUndone.type: lambda p, _: f"Repair {p['undoneId']} was undone{_regrouped(p)}",
}

_WEIGHTS: Mapping[str, str] = {
    events.PersonMerged.type: "good",
    events.PersonsJoined.type: "good",
    events.LinkApproved.type: "good",
    events.MergeHeld.type: "bad",
    events.PersonSuspicious.type: "bad",
    events.PersonSplit.type: "bad",
    events.LinkRevoked.type: "bad",
}


def in_words(name: str) -> str:
    """A word of the API, such as ``too_many_phones``, as words."""
    return name.replace("_", " ")


def _counted(number: int, noun: str) -> str:
    return f"{number:,} {noun}{'' if number == 1 else 's'}"


def _kind(payload: Payload) -> str:
    kind = payload["kind"]
    return {"email": "An email", "phone": "A phone number"}.get(kind, f"A value of {kind}")


def _by(payload: Payload) -> str:
    return "a guard, as a hub" if payload.get("origin") == events.Origin.GUARD else "an operator"
