"""Sign in with a key, and out again."""

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.utils.http import url_has_allowed_host_and_scheme

from reunite.core.access.callers import KeyScope
from reunite.core.errors import Unauthenticated
from reunite.core.scope import Scope
from reunite.explorer.http.access import sign_in, sign_out
from reunite.explorer.http.page import answer, nothing_here, open_page, page


@open_page()
def form(request: HttpRequest) -> HttpResponse:
    """Ask for a key."""
    return answer(request, "access/sign_in", {"title": "Sign in", "is_closed": True})


@open_page(method="POST")
def enter(request: HttpRequest) -> HttpResponse:
    """Go where the caller was going, or tell what is wrong with the key."""
    wanted = request.POST.get("next", "")
    is_own = wanted.startswith("/") and url_has_allowed_host_and_scheme(wanted, allowed_hosts=None)
    response = redirect(wanted if is_own else "explorer:home")
    try:
        sign_in(request, response, request.POST.get("key", "").strip())
    except Unauthenticated as error:
        told = {"title": "Sign in", "detail": str(error), "is_closed": True, "next": wanted}
        return answer(request, "access/sign_in", told, status=401)
    return response


@open_page(method="POST")
def leave(request: HttpRequest) -> HttpResponse:
    """Sign out."""
    response = redirect("explorer:sign-in")
    sign_out(request, response)
    return response


@page(needs=(KeyScope.READ,))
def nothing(request: HttpRequest, _scope: Scope, rest: str) -> HttpResponse:
    """Say that there is nothing at an address below those of the pages."""
    return nothing_here(request)
