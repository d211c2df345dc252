"""Ask for the chain between two nodes, or for the leaves of a hub."""

from django.http import HttpRequest, HttpResponse

from reunite.core.access.callers import KeyScope
from reunite.core.errors import FieldError, InvalidRequest
from reunite.core.scope import Scope
from reunite.explorer.http.page import answer, is_fragment, page
from reunite.explorer.persons import person
from reunite.explorer.persons.evidence import ENDS, read
from reunite.explorer.persons.names import node_of


@page(needs=(KeyScope.READ,), method="POST")
def ask(request: HttpRequest, scope: Scope, id: int) -> HttpResponse:
    """Light the chain between the two ends that are selected, and open hubs."""
    ends, opened = (list(map(node_of, request.POST.getlist(name))) for name in ("end", "open"))
    if len(ends) > ENDS:
        raise InvalidRequest(FieldError("end", "invalid_end", "Select two, no more."))
    shown = read(scope, id, ends=ends, opened=opened)
    if not is_fragment(request):
        return person.page_of(request, scope, id, shown)
    told = {"evidence": shown, "id": id}
    return answer(request, "persons/evidence", told)
