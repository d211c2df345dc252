"""Who asks for a page."""

from django.http import HttpRequest

from reunite.conf import reunite_settings
from reunite.core.access.callers import ANYBODY, Caller, Needs
from reunite.core.errors import KeyMissing
from reunite.services.access.door import door


def caller_of(request: HttpRequest, needs: Needs) -> Caller:
    """Who asks; anybody only where there are no keys and the settings let the explorer be open.

    Raises Unauthenticated or ScopeMissing.
    """
    caller = door.let_in(request.META.get("HTTP_AUTHORIZATION"), needs)
    if caller == ANYBODY and not reunite_settings().EXPLORER_OPEN:
        raise KeyMissing
    return caller
