"""Who asks for a page: who signed in with a key, or anybody where the explorer is open."""

from django.core.signing import BadSignature, TimestampSigner
from django.http import HttpRequest, HttpResponse
from django.urls import reverse

from reunite.conf import reunite_settings
from reunite.core.access.callers import ANYBODY, Caller, Needs
from reunite.core.errors import KeyMissing
from reunite.services.access import keys
from reunite.services.access.door import door
from reunite.services.access.limits import limits, quotas_in_force

COOKIE = "reunite_explorer"
MAX_AGE_SECONDS = 12 * 3600
_signer = TimestampSigner(salt="reunite.explorer")


def caller_of(request: HttpRequest, needs: Needs) -> Caller:
    """Who asks; anybody only where there are no keys and the settings let the explorer be open.

    Pages count as requests of the key. Raises Unauthenticated, ScopeMissing or TooManyRequests.
    """
    caller = _let_in(request, needs)
    if (quotas := quotas_in_force()) is not None:
        limits.take(caller, quotas.requests, 1)
    return caller


def _let_in(request: HttpRequest, needs: Needs) -> Caller:
    authorization = request.META.get("HTTP_AUTHORIZATION")
    name = None if authorization else _signed_in(request)
    if name is not None:
        return door.let_in_again(name, needs)
    caller = door.let_in(authorization, needs)
    if caller == ANYBODY and not reunite_settings().EXPLORER_OPEN:
        raise KeyMissing
    return caller


def sign_in(request: HttpRequest, response: HttpResponse, token: str) -> None:
    """Let who holds the key in from now on. Raises Unauthenticated."""
    response.set_cookie(
        COOKIE,
        _signer.sign(door.remember(token)),
        max_age=MAX_AGE_SECONDS,
        path=reverse("explorer:home"),
        secure=request.is_secure(),
        httponly=True,
        samesite="Lax",
    )


def sign_out(request: HttpRequest, response: HttpResponse) -> None:
    """End all sign-ins with the key, also those of other browsers and of copied cookies."""
    if (name := _signed_in(request)) is not None:
        keys.sign_out(name)
    response.delete_cookie(COOKIE, path=reverse("explorer:home"), samesite="Lax")


def _signed_in(request: HttpRequest) -> str | None:
    """What names the key that signed in, if that is not too long ago."""
    try:
        return _signer.unsign(request.COOKIES.get(COOKIE, ""), max_age=MAX_AGE_SECONDS)
    except BadSignature:
        return None
