"""Which part of the evidence a picture shows: all of it, or hubs with counted leaves."""

from collections import defaultdict, deque
from collections.abc import Collection, Iterator
from dataclasses import dataclass, field

from reunite.core.identifiers.kinds import Identifier
from reunite.core.persons.evidence import Edge, Evidence, LiveLink, Node

MAX_NODES = 300
"""So many contacts and identifiers are drawn; of more, those that lead nowhere are counted."""
MAX_OPENED = 50
"""So many leaves of a hub are drawn where it is opened."""
_FEW = 3


@dataclass(slots=True)
class Visible:
    """What is drawn, breadth first from the oldest contact.

    ``above`` is the node from which each was reached, None for a first one. ``counted`` is how many
    contacts are not drawn that hang on a hub alone. ``left_out`` is how many others are not drawn.
    """

    above: dict[Node, Node | None] = field(default_factory=dict)
    edges: list[Edge] = field(default_factory=list)
    counted: dict[Identifier, int] = field(default_factory=dict)
    left_out: int = 0


def visible(
    evidence: Evidence, *, opened: Collection[Identifier] = (), kept: Collection[Node] = ()
) -> Visible:
    """The part of the evidence to draw; ``kept`` nodes are not counted as leaves."""
    contacts = evidence.person.contacts
    found = Visible()
    hidden: set[Node] = set()
    if len(contacts) + len(evidence.given) > MAX_NODES:
        for hub, leaves in _leaves(evidence, kept):
            drawn = MAX_OPENED if hub in opened else 0
            if len(leaves) - drawn > _FEW:
                found.counted[hub] = len(leaves) - drawn
                hidden.update(leaves[drawn:])
    around: defaultdict[Node, list[Node]] = defaultdict(list)
    for edge in evidence.edges:
        if hidden.isdisjoint((edge.left, edge.right)):
            around[edge.left].append(edge.right)
            around[edge.right].append(edge.left)
    for contact in contacts:
        if contact.id not in hidden and contact.id not in found.above:
            _walk(contact.id, around, found)
    found.counted = {hub: count for hub, count in found.counted.items() if hub in found.above}
    drawn_contacts = sum(isinstance(each, int) for each in found.above)
    found.left_out = len(contacts) - drawn_contacts - sum(found.counted.values())
    found.edges = [edge for edge in evidence.edges if {edge.left, edge.right} <= found.above.keys()]
    return found


def _leaves(evidence: Evidence, kept: Collection[Node]) -> Iterator[tuple[Identifier, list[int]]]:
    """Each identifier with the contacts that hang on it alone, oldest first; not the primary."""
    carriers: defaultdict[Node, int] = defaultdict(int)
    linked: set[Node] = {*kept, evidence.person.id}
    for edge in evidence.edges:
        if isinstance(edge.source, LiveLink):
            linked.update((edge.left, edge.right))
        else:
            carriers[edge.right] += 1
    leaves: defaultdict[Identifier, list[int]] = defaultdict(list)
    for contact in evidence.person.contacts:
        hubs = [each for each in contact.identifiers if carriers[each] > 1 or each in linked]
        if len(hubs) == 1 and contact.id not in linked:
            leaves[hubs[0]].append(contact.id)
    yield from leaves.items()


def _walk(start: Node, around: dict[Node, list[Node]], found: Visible) -> None:
    if len(found.above) >= MAX_NODES:
        return
    found.above[start] = None
    waiting = deque([start])
    while waiting:
        node = waiting.popleft()
        for neighbour in around.get(node, ()):
            if neighbour not in found.above and len(found.above) < MAX_NODES:
                found.above[neighbour] = node
                waiting.append(neighbour)
