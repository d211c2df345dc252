"""Deployment checks: what is unsafe on a network, each with what to do about it.

`reunite check --deploy` and Django's `check --deploy` run them.
"""

from collections.abc import Iterator, Sequence
from contextlib import suppress
from ipaddress import ip_address
from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.checks import CheckMessage, register
from django.core.checks import Warning as Caution
from django.db import connection

from reunite.checks import SETTINGS
from reunite.conf import reunite_settings
from reunite.services.access.door import keys_were_created

_ENCRYPTED = ("require", "verify-ca", "verify-full")


@register(SETTINGS, deploy=True)
def check_deployment(**_: Any) -> Sequence[CheckMessage]:
    """All that is unsafe."""
    return [*_keys(), *_limits(), *_hosts(), *_erasure_key(), *_webhook_key(), *_database()]


def _keys() -> Iterator[CheckMessage]:
    given = reunite_settings()
    if keys_were_created():
        if given.BOOTSTRAP_KEY:
            yield Caution(
                "The bootstrap key is still set, and is not needed any more.",
                hint="Remove REUNITE_BOOTSTRAP_KEY and the file that holds it.",
                id="reunite.W011",
            )
    elif not given.BOOTSTRAP_KEY:
        yield Caution(
            "There is no key: every client that reaches the server may read and change everything.",
            hint="Create one with `reunite keys create NAME --scope admin`.",
            id="reunite.W010",
        )
    if getattr(settings, "PROXY_AUTHENTICATES", False):
        yield Caution(
            "PROXY_AUTHENTICATES lets all requests in that pass the proxy, until there is a key.",
            hint="Create keys and remove it, or let the proxy alone reach the port.",
            id="reunite.W012",
        )


def _limits() -> Iterator[CheckMessage]:
    host = getattr(settings, "HOST", "localhost")
    if not reunite_settings().REQUESTS_PER_SECOND and not _is_here(host):
        yield Caution(
            "A key may send any number of requests, and take the server from all others.",
            hint="Set REQUESTS_PER_SECOND.",
            id="reunite.W016",
        )


def _hosts() -> Iterator[CheckMessage]:
    if "*" in settings.ALLOWED_HOSTS:
        yield Caution(
            "ALLOWED_HOSTS has *: a page of another site may reach the server by its own name.",
            hint="Name the hosts of the server.",
            id="reunite.W013",
        )


def _erasure_key() -> Iterator[CheckMessage]:
    given = reunite_settings()
    if not given.ERASURE_KEY_FILE:
        if not given.ERASURE_KEY:
            yield Caution(
                "There is no erasure key, so no person can be erased.",
                hint="Set ERASURE_KEY_FILE to a file outside the database.",
                id="reunite.W017",
            )
        return
    with suppress(OSError):
        mode = Path(given.ERASURE_KEY_FILE).stat().st_mode
        if mode & 0o077:
            yield Caution(
                "Other users of the machine can read or change the file of the erasure key.",
                hint="Run `chmod 600` on the file that ERASURE_KEY_FILE names.",
                id="reunite.W014",
            )


def _webhook_key() -> Iterator[CheckMessage]:
    if not reunite_settings().WEBHOOK_KEY:
        yield Caution(
            "There is no key of webhooks, so their secrets are in the database as they are.",
            hint="Set WEBHOOK_KEY_FILE to a file outside the database.",
            id="reunite.W018",
        )


def _database() -> Iterator[CheckMessage]:
    host = str(connection.settings_dict.get("HOST") or "")
    sslmode = connection.settings_dict.get("OPTIONS", {}).get("sslmode")
    if connection.vendor == "postgresql" and not _is_here(host) and sslmode not in _ENCRYPTED:
        yield Caution(
            "The database is on another machine, and the connection may be without TLS.",
            hint="Append ?sslmode=verify-full to DATABASE_URL.",
            id="reunite.W015",
        )


def _is_here(host: str) -> bool:
    """Whether a database host is this machine: a socket, or a loopback address."""
    try:
        return ip_address(host).is_loopback
    except ValueError:
        return not host or host == "localhost" or host.startswith(("/", "@"))
