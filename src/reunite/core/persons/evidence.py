"""Why contacts are one person: the graph of evidence, its chains, and its bridges.

Nodes are contacts, by id, and the identifiers that count. An edge joins a contact to an identifier
that it carries, or, by a live link, two identifiers or two contacts.
"""

from collections import defaultdict, deque
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime

from reunite.core.identifiers.kinds import Identifier
from reunite.core.persons.person import Contact, End, Person, ends_in

Node = End

GROUP_MAX_LISTED = 20


@dataclass(frozen=True, slots=True)
class LiveLink:
    """Two identifiers that a request joined, or two contacts that an operator joined.

    ``external_id`` and ``source`` are those of the order by which the import ``import_id`` joined
    them.
    """

    id: int
    left: End
    right: End
    origin: str
    request_id: str | None
    created_at: datetime
    external_id: str | None = None
    source: str | None = None
    import_id: int | None = None


@dataclass(frozen=True, slots=True)
class Edge:
    """Two nodes, and what joins them: a contact that carries an identifier, or a link."""

    left: Node
    right: Node
    source: Contact | LiveLink


@dataclass(frozen=True, slots=True)
class Step:
    """One edge of a chain, in the direction of the chain."""

    start: Node
    end: Node
    source: Contact | LiveLink


@dataclass(frozen=True, slots=True)
class Group:
    """Contacts that would stay together: how many, and the ids of at most GROUP_MAX_LISTED."""

    size: int
    contact_ids: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class Bridge:
    """A node or an edge without which the contacts would fall into these groups, two or more."""

    at: Node | Edge
    groups: tuple[Group, ...]


@dataclass(slots=True)
class _Visit:
    """A node on a depth-first walk, in the order of the walk.

    ``low`` is the first place that the node and those below it reach past the edge ``via`` which
    led to it; ``contacts`` are the places, among the contacts walked, of those at and below it.
    """

    node: Node
    via: Edge | None
    above: int
    low: int
    contacts: range


class Evidence:
    """The evidence of one person.

    ``edges`` are oldest first. ``given`` maps identifiers to their values as first given. A link
    counts only between nodes of this person.
    """

    def __init__(self, person: Person, links: Iterable[LiveLink]) -> None:
        self.person = person
        self.given: dict[Identifier, str | None] = {}
        edges: list[Edge] = []
        for contact in person.contacts:
            for kind, given, key, _ in contact.values:
                if key is not None:
                    identifier = Identifier(kind, key)
                    self.given.setdefault(identifier, given)
                    edges.append(Edge(contact.id, identifier, contact))
        nodes = ends_in([person])
        edges += [
            Edge(link.left, link.right, link)
            for link in sorted(links, key=lambda link: link.id)
            if nodes.issuperset((link.left, link.right))
        ]
        self.edges = sorted(edges, key=lambda edge: edge.source.created_at)
        self._around: dict[Node, list[tuple[Node, Edge]]] = {node: [] for node in self.nodes}
        for edge in self.edges:
            self._around[edge.left].append((edge.right, edge))
            self._around[edge.right].append((edge.left, edge))

    @property
    def nodes(self) -> list[Node]:
        """Contacts, oldest first, then identifiers, those given first before others."""
        return [*(contact.id for contact in self.person.contacts), *self.given]

    def __contains__(self, node: Node) -> bool:
        """Whether it is one of the nodes."""
        return node in self._around

    def chain(self, start: Node, end: Node) -> list[Step] | None:
        """The fewest steps from one node to another, the oldest evidence first; None if none lead.

        Breadth-first search (Moore, "The Shortest Path Through a Maze", 1959).
        """
        if start not in self._around:
            return None
        came: dict[Node, Step | None] = {start: None}
        waiting = deque([start])
        while waiting and end not in came:
            node = waiting.popleft()
            for neighbour, edge in self._around[node]:
                if neighbour not in came:
                    came[neighbour] = Step(node, neighbour, edge.source)
                    waiting.append(neighbour)
        if end not in came:
            return None
        steps = []
        while (step := came[end]) is not None:
            steps.append(step)
            end = step.start
        return steps[::-1]

    def bridges(self) -> list[Bridge]:
        """All that holds contacts together alone; of each the group of the oldest contact first.

        Bridges and cut vertices in linear time (Hopcroft and Tarjan, "Algorithm 447", CACM 16,
        1973; Tarjan, "A Note on Finding the Bridges of a Graph", IPL 2, 1974), without recursion.
        Deviation: what would leave all contacts together, such as an email that one contact alone
        carries, is none here.
        """
        found: list[Bridge] = []
        walked: set[Node] = set()
        for contact in self.person.contacts:
            if contact.id not in walked:
                visits, order = self._walk(contact.id)
                walked.update(visit.node for visit in visits)
                found += _bridges_of(visits, order)
        return found

    def _walk(self, root: Node) -> tuple[list[_Visit], list[int]]:
        """A depth-first walk from a node: the visits, and the contacts in the same order."""
        visits: list[_Visit] = []
        order: list[int] = []
        places: dict[Node, int] = {}
        below: list[tuple[_Visit, Iterator[tuple[Node, Edge]]]] = []

        def enter(node: Node, via: Edge | None, above: int) -> None:
            places[node] = place = len(visits)
            visit = _Visit(node, via, above, place, range(len(order), len(order)))
            if isinstance(node, int):
                order.append(node)
            visits.append(visit)
            below.append((visit, iter(self._around[node])))

        enter(root, None, 0)
        while below:
            visit, rest = below[-1]
            for neighbour, edge in rest:
                if neighbour not in places:
                    enter(neighbour, edge, places[visit.node])
                    break
                if edge is not visit.via:  # A second link between the same two is a way back.
                    visit.low = min(visit.low, places[neighbour])
            else:
                below.pop()
                visit.contacts = range(visit.contacts.start, len(order))
                above = visits[visit.above]
                above.low = min(above.low, visit.low)
        return visits, order


def _bridges_of(visits: Sequence[_Visit], order: Sequence[int]) -> Iterator[Bridge]:
    cut_off: dict[int, list[range]] = defaultdict(list)
    for visit in visits[1:]:
        if visit.low >= visit.above:
            cut_off[visit.above].append(visit.contacts)
    for place, visit in enumerate(visits):
        if place in cut_off:
            itself = visit.contacts[:1] if isinstance(visit.node, int) else visit.contacts[:0]
            yield from _bridge(visit.node, itself, cut_off[place], order)
        if visit.via is not None and visit.low > visit.above:
            yield from _bridge(visit.via, visit.contacts[:0], [visit.contacts], order)


def _bridge(
    at: Node | Edge, itself: range, parts: Sequence[range], order: Sequence[int]
) -> Iterator[Bridge]:
    """The bridge, if more than one group is left: the parts that come off, and the rest."""
    gone = [itself, *parts]
    starts = [0, *(span.stop for span in gone)]
    stops = [*(span.start for span in gone), len(order)]
    rest = [range(start, stop) for start, stop in zip(starts, stops, strict=True)]
    groups = tuple(_group(spans, order) for spans in (rest, *([part] for part in parts)))
    groups = tuple(group for group in groups if group.size)
    if len(groups) > 1:
        yield Bridge(at, groups)


def _group(spans: Sequence[range], order: Sequence[int]) -> Group:
    listed: list[int] = []
    for span in spans:
        # A slice of a range is quick, however long the range is.
        room = span[: GROUP_MAX_LISTED - len(listed)]
        listed += order[room.start : room.stop]
    return Group(sum(map(len, spans)), tuple(sorted(listed)))
