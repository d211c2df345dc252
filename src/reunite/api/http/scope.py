"""The scope of an HTTP request."""

from collections.abc import Mapping
from typing import Any

from reunite.api.http.access import CALLER
from reunite.core.access.callers import Caller
from reunite.core.scope import Scope


def scope_of(environ: Mapping[str, Any]) -> Scope:
    """The scope of the request with this WSGI environment (``request.META`` in Django).

    The workspace and the name are the caller's: KeyError for a request that was not let in.
    The request id is the one that the client sent, or the one that the service gave.
    """
    caller: Caller = environ[CALLER]
    return Scope(caller.workspace_id, environ.get("HTTP_X_REQUEST_ID"), caller.name)
