"""Who sends a request, and whether the quotas of the key allow it: asked once, by both ways."""

from collections.abc import Mapping
from typing import Any

from reunite.core.access.callers import Needs
from reunite.services.access.door import door
from reunite.services.access.limits import Quotas, limits, quotas_in_force

CALLER = "reunite.caller"
"""The key of the caller in a request's environment."""
_QUOTAS = "reunite.quotas"
_ROW_BYTES = 100
"""So long a row of a file is taken to be."""


def let_in(environ: dict[str, Any], needs: Needs) -> None:
    """Note who sends the request with this WSGI environment; nothing for a public operation.

    Raises Unauthenticated, ScopeMissing or TooManyRequests.
    """
    if needs:
        caller = environ[CALLER] = door.let_in(environ.get("HTTP_AUTHORIZATION"), needs)
        if (quotas := quotas_in_force()) is not None:
            environ[_QUOTAS] = quotas
            limits.take(caller, quotas.requests, 1)


def take_rows(environ: Mapping[str, Any], count: int) -> None:
    """Count the rows that a request brings. Raises TooManyRequests."""
    quotas: Quotas | None = environ.get(_QUOTAS)
    if quotas is not None:
        limits.take(environ[CALLER], quotas.rows, count)


def take_file(environ: Mapping[str, Any], size_bytes: int) -> None:
    """Count a file as rows by its size, at most as the whole quota: files wait for each other.

    Raises TooManyRequests.
    """
    quotas: Quotas | None = environ.get(_QUOTAS)
    if quotas is not None and quotas.rows is not None:
        take_rows(environ, min(size_bytes // _ROW_BYTES + 1, quotas.rows.size))


def limit_headers(environ: Mapping[str, Any]) -> dict[str, str]:
    """RateLimit-Policy and RateLimit of an answer; none without limits or without a caller."""
    quotas: Quotas | None = environ.get(_QUOTAS)
    if quotas is None:
        return {}
    left = limits.left(environ[CALLER], quotas)
    return {"RateLimit-Policy": quotas.policy, "RateLimit": left}
