"""One box that finds persons: by an email, a phone number, an id, or the beginning of one."""

from collections.abc import Iterator
from typing import NamedTuple

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect

from reunite.core.access.callers import KeyScope
from reunite.core.errors import InvalidRequest
from reunite.core.identifiers.kinds import Standing
from reunite.core.persons.person import Person
from reunite.core.scope import Scope
from reunite.explorer.http.page import answer, is_fragment, page
from reunite.services.persons.search import Found, search
from reunite.services.persons.suggest import suggest


class Hit(NamedTuple):
    """A person that was found, and by what, in words."""

    person: Person
    by: str


@page(needs=(KeyScope.READ,), method="POST")
def find(request: HttpRequest, scope: Scope) -> HttpResponse:
    """Find persons: while the user types, by values that count; after Enter, by all stored values.

    With Enter, the only one that is found is shown at once.
    """
    text = request.POST.get("q", "").strip()
    hits = {each.person.id: each for each in _suggested(scope, text)} if text else {}
    if is_fragment(request):
        told = {"text": text, "hits": hits.values()}
        return answer(request, "persons/hits", told)
    exact, standing = _exact(scope, text) if text else ({}, None)
    hits = {**exact, **hits}
    if len(exact or hits) == 1:
        return redirect("explorer:person", next(iter(exact or hits)))
    return answer(
        request,
        "persons/found",
        {"text": text, "hits": hits.values(), "standing": standing},
    )


def _suggested(scope: Scope, text: str) -> Iterator[Hit]:
    for each in suggest(scope, text):
        yield Hit(each.person, each.identifier.key if each.identifier else "by its id")


def _exact(scope: Scope, text: str) -> tuple[dict[int, Hit], Standing | None]:
    """Who holds the value, also where it does not count; and whether it counts at all."""
    found: Found | None = None
    for email, phone_number in ((text, None), (None, text)):
        try:
            found = search(scope, email, phone_number)
        except InvalidRequest:
            continue
        if found.contacts:
            break
    if found is None:
        return {}, None
    standings: dict[int, Standing] = {}
    for contact in found.contacts:
        standings.setdefault(contact.person_id, contact.standing)
    hits = {
        person.id: Hit(
            person,
            text if standings[person.id] is Standing.COUNTS else f"{text} ({standings[person.id]})",
        )
        for person in found.persons
    }
    return hits, found.standing
