"""Bridges in the order in which operators should look at them, each way to part once."""

from collections.abc import Iterable

from reunite.core.persons.evidence import Bridge, Edge, Group, LiveLink


def parted(bridge: Bridge) -> int:
    """How many contacts would part from the largest group without the bridge."""
    sizes = [group.size for group in bridge.groups]
    return sum(sizes) - max(sizes)


def by_size(bridges: Iterable[Bridge]) -> list[Bridge]:
    """All of them, those that part most first."""
    return sorted(bridges, key=lambda each: -parted(each))


def ranked(bridges: Iterable[Bridge]) -> list[Bridge]:
    """One bridge for each way in which contacts would part, those that part most first.

    An identifier that two contacts carry is a bridge, and so are both edges to it: they part the
    same contacts. Of such bridges a link is taken, else an identifier, else an edge, else a
    contact.
    """
    found: dict[frozenset[Group], Bridge] = {}
    for each in sorted(bridges, key=_directness):
        found.setdefault(frozenset(each.groups), each)
    return by_size(sorted(found.values(), key=_directness))


def _directness(bridge: Bridge) -> int:
    """The lower, the more directly an operator can take it away."""
    at = bridge.at
    if isinstance(at, Edge):
        return 0 if isinstance(at.source, LiveLink) else 2
    return 3 if isinstance(at, int) else 1
