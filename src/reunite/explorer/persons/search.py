"""One box that finds persons: by a value of any kind, an id, an order, or a part of a value."""

from collections.abc import Mapping
from typing import NamedTuple

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect

from reunite.core.access.callers import KeyScope
from reunite.core.identifiers.kinds import Standing
from reunite.core.persons.person import Person
from reunite.core.scope import Scope
from reunite.explorer.http.page import answer, is_fragment, page
from reunite.explorer.persons.glance import kind_name
from reunite.services.persons.find import LATEST_CONTACTS, PART_MIN_LENGTH, find
from reunite.services.persons.find import Hit as Found
from reunite.services.persons.suggest import By, Suggestion, suggest

_WHOLE = (By.VALUE, By.ID, By.ORDER)
"""A text that is one of these of one person alone leads there."""


class Hit(NamedTuple):
    """A person that was found, and by what, in words; the value is shown beside the words."""

    person: Person
    by: str
    value: str


_WORDS: Mapping[By, str] = {By.ID: "by its id", By.ORDER: "order"}


@page(needs=(KeyScope.READ,), method="POST")
def search(request: HttpRequest, scope: Scope) -> HttpResponse:
    """Find persons: while the user types, by beginnings of values; after Enter, by all values.

    With Enter, the only one that is found is shown at once.
    """
    text = request.POST.get("q", "").strip()
    if is_fragment(request):
        hits = list(map(_suggested, suggest(scope, text)))
        return answer(request, "persons/hits", {"text": text, "hits": hits})
    found = find(scope, text)
    whole = [each.person.id for each in found.hits if each.by in _WHOLE]
    ids = whole or [each.person.id for each in found.hits]
    if len(ids) == 1:
        return redirect("explorer:person", ids[0])
    told = {
        "text": text,
        "hits": list(map(_found, found.hits)),
        "is_cut": found.is_cut,
        "standing": found.standing,
        "latest": LATEST_CONTACTS,
        "part_min_length": PART_MIN_LENGTH,
    }
    return answer(request, "persons/found", told)


def _suggested(found: Suggestion) -> Hit:
    if found.identifier is None:
        return Hit(found.person, _WORDS[found.by], "")
    return Hit(found.person, kind_name(found.identifier.kind), found.identifier.key)


def _found(found: Found) -> Hit:
    words = _WORDS.get(found.by) or kind_name(found.kind or "")
    if found.standing not in (None, Standing.COUNTS):
        words = f"{words}, {found.standing}"
    return Hit(found.person, words, found.value or "")
