"""The scope of an HTTP request."""

from collections.abc import Mapping
from typing import Any

from reunite.core.scope import Scope, default_scope


def scope_of(environ: Mapping[str, Any]) -> Scope:
    """The scope of the request with this WSGI environment (``request.META`` in Django).

    The request id is the one that the client sent, or the one that the service gave.
    """
    return default_scope(environ.get("HTTP_X_REQUEST_ID"))
