"""Variables of the environment whose form says less than the settings need."""

import re
from collections.abc import Mapping, Sequence
from typing import Any

from django.core.exceptions import ImproperlyConfigured

# A name, perhaps of all hosts below it, an IPv4 address, an IPv6 address in brackets, or all hosts.
_HOST = re.compile(r"\*|\.?[a-z0-9_-]+(?:\.[a-z0-9_-]+)*\.?|\[[0-9a-f:.]+\]", re.ASCII)


def listed(text: str) -> list[str]:
    """The parts of a text that are separated by commas, with blanks around them or without."""
    return [part for each in text.split(",") if (part := each.strip())]


def allowed_hosts(text: str, default: Sequence[str]) -> list[str]:
    """The names of hosts in a text. Raises ImproperlyConfigured for what is no such name."""
    hosts = [each.lower() for each in listed(text)]
    if not all(map(_HOST.fullmatch, hosts)):
        raise ImproperlyConfigured(
            "ALLOWED_HOSTS has the names of hosts alone, like shop.example, .shop.example or "
            "[::1]: leave out https://, the port and the path"
        )
    return hosts or [*default]


def require_named(url: str, parsed: Mapping[str, Any]) -> None:
    """Raise ValueError for the URL of a database in memory, or of none at all.

    Each connection to memory has a database of its own, which is lost with the connection. A URL
    with fewer slashes than three is read as one of memory, or as another file.
    """
    if "sqlite" in parsed["ENGINE"]:
        is_named = ":///" in url and parsed["NAME"] != ":memory:"
    else:
        is_named = bool(parsed["NAME"] or parsed.get("OPTIONS", {}).get("service"))
    if not is_named:
        raise ValueError("no database is named")
