"""Which addresses a webhook may lead to: those of the public internet, and those that are allowed.

A webhook makes this machine send requests. It must not be a way to reach addresses that only
this machine can reach: itself, its network, and the service by which a cloud gives it credentials.
"""

from collections.abc import Iterable, Sequence
from ipaddress import (
    IPv4Address,
    IPv4Network,
    IPv6Address,
    IPv6Network,
    ip_address,
    ip_network,
)

Address = IPv4Address | IPv6Address
Network = IPv4Network | IPv6Network

# What ``is_global`` says of these depends on the version of Python, or it knows no reason.
_NEVER_PUBLIC: Sequence[Network] = tuple(
    map(
        ip_network,
        (
            "100.64.0.0/10",  # Shared by customers of a provider; metadata of Alibaba.
            "168.63.129.16/32",  # Azure's own service for its machines.
            "192.0.0.0/24",  # Of protocols; metadata of Oracle.
            "192.88.99.0/24",  # Relays from IPv6 to IPv4.
            "240.0.0.0/4",  # Reserved.
            # These hold an address of IPv4, which may be any.
            "::/96",
            "::ffff:0:0/96",
            "::ffff:0:0:0/96",
            "64:ff9b::/96",
            "64:ff9b:1::/48",
            "2001::/23",
            "2002::/16",
            "3fff::/20",  # For documents.
            "5f00::/16",  # Of routers.
            "fc00::/7",  # Private; metadata of Amazon.
            "fec0::/10",  # Private, in earlier times.
        ),
    )
)


def networks(texts: Iterable[str]) -> tuple[Network, ...]:
    """Networks from texts like ``10.0.0.0/8``. Raises ValueError."""
    return tuple(map(ip_network, texts))


def is_public(address: Address) -> bool:
    """Whether the address is of the public internet, and of one machine."""
    return (
        address.is_global
        and not address.is_multicast
        and not any(address in network for network in _NEVER_PUBLIC)
    )


def may_connect(address: str, allowed: Iterable[Network], *, is_encrypted: bool) -> bool:
    """Whether a webhook may lead to an IP address, as text that a look-up gave.

    Without encryption it may lead to ``allowed`` networks alone.
    """
    found = ip_address(address)
    return any(found in network for network in allowed) or (is_encrypted and is_public(found))


def literal(host: str) -> Address | None:
    """The IP address that a host of a URL is, without brackets; None for a name."""
    try:
        return ip_address(host)
    except ValueError:
        return None
