"""The rules of webhooks: the URL, and the types of events."""

import re
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from urllib.parse import SplitResult, urlsplit

from reunite.core.errors import FieldError, InvalidRequest
from reunite.core.events import EVENTS
from reunite.core.spelling import near
from reunite.core.webhooks.addresses import Network, literal, may_connect

URL_MAX_LENGTH = 2_000
_PORTS = {"https": 443, "http": 80}
_NAME = re.compile(r"(?=.{1,253}$)([A-Za-z0-9_-]{1,63}\.)*[A-Za-z0-9_-]{1,63}\.?")
_INVALID = FieldError(
    "url",
    "invalid_url",
    "No URL of a webhook: send one like https://shop.example/reunite, in ASCII characters, without "
    "a user, a password and a fragment.",
)
_INSECURE = FieldError(
    "url",
    "insecure_url",
    "Not encrypted: send a URL that begins with https://, or let the setting WEBHOOK_NETWORKS name "
    "the network.",
)
_REFUSED = FieldError(
    "url",
    "refused_address",
    "Not an address of the public internet: send another one, or let the setting WEBHOOK_NETWORKS "
    "name its network.",
)


@dataclass(frozen=True, slots=True)
class Target:
    """Where a request goes: ``host`` is a name, or an IP address without brackets."""

    is_encrypted: bool
    host: str
    port: int
    path: str
    """With the query."""


def target_of(url: str) -> Target:
    """Where the requests of a URL go. Raises InvalidRequest if it is none of a webhook."""
    parts = _parts(url)
    host = _host(parts)
    port = _port(parts)
    if (
        parts.scheme not in _PORTS
        or not host
        or not port
        or parts.username is not None
        or "#" in url
    ):
        raise InvalidRequest(_INVALID)
    path = (parts.path or "/") + (f"?{parts.query}" if parts.query else "")
    return Target(parts.scheme == "https", host, port, path)


def require_url(url: str, allowed: Sequence[Network]) -> None:
    """Raise InvalidRequest for a URL that can never be called.

    Names are looked up, and their addresses checked, before each request.
    """
    target = target_of(url)
    if not target.is_encrypted and not allowed:
        raise InvalidRequest(_INSECURE)
    if literal(target.host) is None:
        return
    if may_connect(target.host, allowed, is_encrypted=target.is_encrypted):
        return
    is_reachable = may_connect(target.host, allowed, is_encrypted=True)
    raise InvalidRequest(_INSECURE if is_reachable else _REFUSED)


def require_types(types: Iterable[str]) -> None:
    """Raise InvalidRequest for types of events that there are not."""
    unknown = [each for each in types if each not in EVENTS]
    if unknown:
        meant = near(unknown[0], EVENTS)
        hint = f"did you mean {meant}?" if meant else "docs/reference/events.md lists the types."
        raise InvalidRequest(FieldError("types", "unknown_type", f"No type of event: {hint}"))


def is_told(type: str, types: Collection[str]) -> bool:
    """Whether a webhook with these types is told of an event; without types, of all."""
    return not types or type in types


def _parts(url: str) -> SplitResult:
    is_plain = url.isascii() and url.isprintable() and " " not in url and "\\" not in url
    if not is_plain or len(url) > URL_MAX_LENGTH:
        raise InvalidRequest(_INVALID)
    try:
        return urlsplit(url)
    except ValueError:
        raise InvalidRequest(_INVALID) from None


def _host(parts: SplitResult) -> str | None:
    """The host as it is looked up; None if it is none, or names an interface of this machine."""
    host = parts.hostname or ""
    if literal(host) is None:
        return host if "[" not in parts.netloc and _NAME.fullmatch(host) else None
    return host if "%" not in host else None


def _port(parts: SplitResult) -> int | None:
    try:
        return _PORTS.get(parts.scheme) if parts.port is None else parts.port
    except ValueError:
        return None
