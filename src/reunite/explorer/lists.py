"""What the overview counts, one by one: links by state, separations, retired identifiers."""

from collections.abc import Sequence
from typing import Any

from django.http import Http404, HttpRequest, HttpResponse

from reunite.core.access.callers import KeyScope
from reunite.core.repair.regroup import LinkState
from reunite.core.scope import Scope
from reunite.explorer.http.page import answer, page
from reunite.explorer.http.query import number_in
from reunite.explorer.persons.glance import kind_name
from reunite.explorer.persons.names import label_of
from reunite.services.repair.links import ListedLink, list_links
from reunite.services.repair.retire import list_retired
from reunite.services.repair.separate import list_separations

PAGE_LENGTH = 50


@page(needs=(KeyScope.READ,))
def links(request: HttpRequest, scope: Scope, state: str) -> HttpResponse:
    """Links in a state."""
    if state not in set(LinkState):
        raise Http404
    after = number_in(request, "after")
    found = list_links(scope, state=state, after=after, limit=PAGE_LENGTH + 1)
    told = {
        "state": state,
        "states": [each.value for each in LinkState],
        "links": [(each, _ends(each)) for each in found[:PAGE_LENGTH]],
        "next": _next(found),
    }
    return answer(request, "lists/links", told)


@page(needs=(KeyScope.READ,))
def separations(request: HttpRequest, scope: Scope) -> HttpResponse:
    """Who is kept apart."""
    after = number_in(request, "after")
    found = list_separations(scope, after=after, limit=PAGE_LENGTH + 1)
    told = {"separations": found[:PAGE_LENGTH], "next": _next(found)}
    return answer(request, "lists/separations", told)


@page(needs=(KeyScope.READ,))
def retired(request: HttpRequest, scope: Scope) -> HttpResponse:
    """What does not count any more."""
    after = number_in(request, "after")
    found = list_retired(scope, after=after, limit=PAGE_LENGTH + 1)
    listed = [(each, kind_name(each.identifier.kind)) for each in found[:PAGE_LENGTH]]
    told = {"retired": listed, "next": _next(found)}
    return answer(request, "lists/retired", told)


def _ends(link: ListedLink) -> list[str]:
    return [label_of(end, {}) for end in link.ends]


def _next(found: Sequence[Any]) -> int | None:
    """Where the next page begins, if there is one."""
    return found[PAGE_LENGTH - 1].id if len(found) > PAGE_LENGTH else None
