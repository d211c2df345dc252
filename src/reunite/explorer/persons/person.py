"""The page of a person."""

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect

from reunite.core.access.callers import KeyScope
from reunite.core.scope import Scope
from reunite.explorer.http.page import answer, page
from reunite.explorer.notices import notice_of
from reunite.explorer.persons import contacts, timeline
from reunite.explorer.persons.evidence import Shown, read
from reunite.explorer.persons.glance import carried_by, most_telling, name_of, signs_of_trouble
from reunite.services.persons.show import show_history, show_person
from reunite.services.repair.review import count_waiting


@page(needs=(KeyScope.READ,))
def show(request: HttpRequest, scope: Scope, id: int) -> HttpResponse:
    """The person of a contact, at the address of the person."""
    return page_of(request, scope, id)


def page_of(
    request: HttpRequest, scope: Scope, id: int, shown: Shown | None = None
) -> HttpResponse:
    """The page, with what is shown of the evidence already, or all of it."""
    known = show_person(scope, id)
    person = known.person
    if person.id != id:
        return redirect("explorer:person", person.id)
    holds = count_waiting(scope, id)
    history = show_history(scope, id, after=0, limit=timeline.PAGE_LENGTH)
    carried = carried_by(person, known.standings)
    listed = most_telling(carried)
    first = person.contacts[: contacts.PAGE_LENGTH]
    rows = [known.contacts[each.id] for each in first]
    told = {
        "id": id,
        "notice": notice_of(request, scope),
        "person": person,
        "name": name_of(person),
        "carried": listed,
        "identifiers": len(carried),
        "latest": person.contacts[-1],
        "signs": list(signs_of_trouble(known, carried, holds=holds)),
        "evidence": shown or read(scope, id),
        "table": contacts.table_of(scope, rows, known.standings, id),
        "next": first[-1].id if person.size > len(first) else None,
        "happenings": timeline.told(scope, history),
        "later": history.next,
    }
    return answer(request, "persons/person", told)
