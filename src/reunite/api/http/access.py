"""Who sends a request: asked once, by both ways to the operations."""

from typing import Any

from reunite.core.access.callers import Needs
from reunite.services.access.door import door

CALLER = "reunite.caller"
"""The key of the caller in a request's environment."""


def let_in(environ: dict[str, Any], needs: Needs) -> None:
    """Note who sends the request with this WSGI environment; nothing for a public operation.

    Raises Unauthenticated or ScopeMissing.
    """
    if needs:
        environ[CALLER] = door.let_in(environ.get("HTTP_AUTHORIZATION"), needs)
