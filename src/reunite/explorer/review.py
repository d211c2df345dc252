"""Merges that a guard stopped: one at a time, both persons side by side, decided by a key."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlencode

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import reverse

from reunite.core.access.callers import KeyScope
from reunite.core.errors import FieldError, InvalidRequest
from reunite.core.persons.person import End, Person
from reunite.core.scope import Scope
from reunite.explorer.http.page import answer, page
from reunite.explorer.http.query import number_in
from reunite.explorer.notices import notice_of, told
from reunite.explorer.persons.glance import Carried, carried_by, most_telling, name_of
from reunite.explorer.persons.names import label_of
from reunite.services.persons.show import show_person
from reunite.services.persons.statistics import guard_statistics
from reunite.services.repair.links import ListedLink, approve_link, defer_link, reject_link
from reunite.services.repair.review import next_waiting

REASON_MAX_LENGTH = 1_000

WHY: Mapping[str, str] = {
    "kept_apart": "An operator keeps these two persons apart.",
    "not_verified": "The policy joins persons by verified details alone, and these were not.",
    "too_many_identifiers": "The joined person would have more identifiers than the policy allows.",
}
"""Why guards stop merges, in words."""


@dataclass(frozen=True, slots=True)
class Side:
    """One of the two persons, and the end of the link that is its own."""

    person: Person
    name: str
    carried: list[Carried]
    identifiers: int
    end: str


@dataclass(frozen=True, slots=True)
class Hold:
    """A held merge: its persons (one, where the other has no contact any more), what they share."""

    link: ListedLink
    why: str
    sides: list[Side]
    shared: list[str]


@page(needs=(KeyScope.READ,))
def show(request: HttpRequest, scope: Scope) -> HttpResponse:
    """The next merge that waits; those about which a reviewer was unsure come last."""
    seen = number_in(request, "unsure") if "unsure" in request.GET else None
    waiting = next_waiting(scope, after=number_in(request, "after"), after_deferred=seen)
    link = waiting.link
    told = {
        "place": "review",
        "hold": None if link is None else _hold(scope, link),
        "unsure": waiting.deferred,
        "seen": link and _seen(link.id, was_deferred=link.deferred_at is not None),
        "left": guard_statistics(scope).links.get("held", 0),
        "notice": notice_of(request, scope),
        "reason_max_length": REASON_MAX_LENGTH,
    }
    return answer(request, "review/review", told)


@page(needs=(KeyScope.REPAIR,), method="POST")
def decide(request: HttpRequest, scope: Scope, id: int) -> HttpResponse:
    """Decide about a held merge, and go on to the next one."""
    decision = _DECISIONS.get(request.POST.get("decision", ""))
    if decision is None:
        raise InvalidRequest(FieldError("decision", "invalid_type", "Choose one of the buttons."))
    reason = request.POST.get("reason", "").strip()[:REASON_MAX_LENGTH]
    undo = decision.decide(scope, id, reason).undo
    done = told(decision.done, None if undo is None else undo.repair_id)
    seen = _seen(id, was_deferred=request.POST.get("was_deferred") == "on")
    return redirect(f"{reverse('explorer:review')}?{seen}&{done}")


def _seen(link_id: int, *, was_deferred: bool) -> str:
    """The parameters of the address of what follows a held merge."""
    return urlencode({"unsure" if was_deferred else "after": link_id})


@dataclass(frozen=True, slots=True)
class Decision:
    """How to decide, and the name of what was done then."""

    decide: Callable[[Scope, int, str], Any]
    done: str


_DECISIONS: Mapping[str, Decision] = {
    "unsure": Decision(
        lambda scope, link_id, reason: defer_link(scope, link_id, reason=reason), "unsure"
    ),
    "approve": Decision(
        lambda scope, link_id, reason: approve_link(scope, link_id, reason=reason), "approved"
    ),
    "reject": Decision(
        lambda scope, link_id, reason: reject_link(scope, link_id, reason=reason), "rejected"
    ),
    "apart": Decision(
        lambda scope, link_id, reason: reject_link(scope, link_id, reason=reason, keep_apart=True),
        "kept-apart",
    ),
}


def _hold(scope: Scope, link: ListedLink) -> Hold:
    ends = zip(link.person_ids, link.ends, strict=True)
    sides = [_side(scope, person_id, end) for person_id, end in ends if person_id is not None]
    values = [{each.value.strip().lower() for each in side.carried} for side in sides]
    shared = sorted(set.intersection(*values)) if len(values) > 1 else []
    return Hold(link, WHY.get(link.held_for or "", ""), sides, shared)


def _side(scope: Scope, person_id: int, end: End) -> Side:
    known = show_person(scope, person_id)
    carried = carried_by(known.person, known.standings)
    return Side(
        known.person,
        name_of(known.person),
        most_telling(carried),
        len(carried),
        label_of(end, {each.identifier: each.value for each in carried if each.identifier}),
    )
