"""Choose a repair, see its consequences, and do it."""

from dataclasses import dataclass

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import reverse

from reunite.core.access.callers import KeyScope
from reunite.core.errors import FieldError, InvalidRequest
from reunite.core.persons.person import Person
from reunite.core.scope import Scope
from reunite.explorer.http.page import answer, page
from reunite.explorer.http.query import number
from reunite.explorer.notices import told
from reunite.explorer.persons.contacts import table_of
from reunite.explorer.persons.glance import carried_by, most_telling, name_of
from reunite.explorer.persons.names import label_of
from reunite.explorer.repair.actions import Asked, Result, action_of
from reunite.services.persons.show import show_person
from reunite.services.repair.edit import UndoRepair
from reunite.services.repair.links import ListedLink, list_links
from reunite.services.repair.separate import list_separations

REASON_MAX_LENGTH = 1_000
MAX_CONTACTS = 200
"""So many contacts are offered to be parted or deleted."""
_MAX_LISTED = 20
_IDS_MAX_TOLD = 12


@dataclass(frozen=True, slots=True)
class ShownPerson:
    """A person beside others, before or after a repair."""

    person: Person
    name: str
    ids: str
    values: list[str]
    more: int
    """So many values are not listed."""


@dataclass(frozen=True, slots=True)
class ShownLink:
    """A live link, and what it joins, in words."""

    link: ListedLink
    ends: str


@page(needs=(KeyScope.REPAIR,))
def choose(request: HttpRequest, scope: Scope, id: int) -> HttpResponse:
    """All that can be done with a person."""
    known = show_person(scope, id)
    person = known.person
    if person.id != id:
        return redirect("explorer:repair", person.id)
    contacts = [known.contacts[each.id] for each in person.contacts[:MAX_CONTACTS]]
    carried = carried_by(person, known.standings)
    given = {each.identifier: each.value for each in carried if each.identifier}
    links = list_links(scope, state="live", after=0, limit=_MAX_LISTED, contact_id=id)
    shown = {
        "id": id,
        "person": person,
        "name": name_of(person),
        "table": table_of(scope, contacts, known.standings, id),
        "carried": most_telling(carried),
        "links": [
            ShownLink(link, " and ".join(label_of(end, given) for end in link.ends))
            for link in links
        ],
        "separations": list_separations(scope, after=0, limit=_MAX_LISTED, contact_id=id),
    }
    return answer(request, "repair/choose", shown)


@page(needs=(KeyScope.REPAIR,), method="POST")
def preview(request: HttpRequest, scope: Scope, id: int) -> HttpResponse:
    """What a repair would do: the persons before and after. Nothing is written."""
    asked = _asked(request, id)
    action = action_of(asked)
    result = action.act(scope, asked, True)
    shown = {
        "id": id,
        "asked": asked,
        "action": action,
        "summary": _summary(result),
        "before": [_shown(each) for each in result.before[:_MAX_LISTED]],
        "after": [_shown(each) for each in result.after[:_MAX_LISTED]],
        "more_after": max(0, len(result.after) - _MAX_LISTED),
        "reason_max_length": REASON_MAX_LENGTH,
    }
    return answer(request, "repair/preview", shown)


@page(needs=(KeyScope.REPAIR,), method="POST")
def do(request: HttpRequest, scope: Scope, id: int) -> HttpResponse:
    """Do it, and show the oldest person that results, with a way back."""
    asked = _asked(request, id)
    result = action_of(asked).act(scope, asked, False)
    done = told(
        asked.action, result.undo.repair_id if isinstance(result.undo, UndoRepair) else None
    )
    if result.erased:
        return redirect(f"{reverse('explorer:home')}?{done}")
    shown = next((each.id for each in result.after), id)
    return redirect(f"{reverse('explorer:person', args=[shown])}?{done}")


def _asked(request: HttpRequest, id: int) -> Asked:
    posted = request.POST
    action, _, about = posted.get("do", "").partition(" ")
    side = tuple(number(each, "side") for each in posted.getlist("side"))
    if action == "split" and not side:
        raise InvalidRequest(FieldError("side", "required", "Select the contacts to part first."))
    return Asked(
        action,
        about,
        id,
        side,
        posted.get("other", ""),
        posted.get("keep_apart") == "on",
        posted.get("reason", "").strip()[:REASON_MAX_LENGTH],
    )


def _summary(result: Result) -> str:
    """What happens to the persons, in a sentence."""
    before, after = len(result.before), len(result.after)
    if result.erased:
        return f"{_counted(result.erased, 'contact')} would be erased, also deleted ones."
    if after > before:
        largest = max(each.size for each in result.after)
        leaving = sum(each.size for each in result.after) - largest
        verb = "leaves" if leaving == 1 else "leave"
        return (
            f"{_counted(before, 'person')} would become {after}: "
            f"{_counted(leaving, 'contact')} {verb}."
        )
    if after < before:
        return f"{_counted(before, 'person')} would become {after or 'no person'}."
    same = {each.id: each.size for each in result.before} == {e.id: e.size for e in result.after}
    return "The persons would stay as they are." if same else "Contacts would move or go."


def _shown(person: Person) -> ShownPerson:
    ids = ", ".join(str(each.id) for each in person.contacts[:_IDS_MAX_TOLD])
    more = "…" if person.size > _IDS_MAX_TOLD else ""
    values = [*person.emails, *person.phone_numbers]
    left = max(0, len(values) - _MAX_LISTED)
    return ShownPerson(person, name_of(person), ids + more, values[:_MAX_LISTED], left)


def _counted(number: int, noun: str) -> str:
    return f"{number} {noun}" if number == 1 else f"{number} {noun}s"
