"""The picture of the evidence, as an SVG shows it. Deterministic, and pure."""

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass

from reunite.core.identifiers.kinds import Identifier
from reunite.core.persons.evidence import Bridge, Edge, Evidence, LiveLink, Node, Step
from reunite.explorer.persons.layout import GAP, Place, bounds, places
from reunite.explorer.persons.names import FIRST_STRONG_ISOLATE, isolated, label_of, token_of
from reunite.explorer.persons.visible import Visible, visible

_HEIGHT = 24
_CHARACTER, _PADDING = 7.6, 28
_MAX_CHARACTERS = 28


@dataclass(frozen=True, slots=True)
class Leaves:
    """The contacts that hang on an identifier alone and are counted, not drawn."""

    hub: Identifier
    count: int


Drawn = Node | Leaves


@dataclass(frozen=True, slots=True)
class Spot:
    """A node as it is drawn; ``token`` names it in forms.

    ``shape`` is ``contact``, a kind, or ``leaves``. ``marks`` are ``lit`` and ``cut``.
    """

    token: str
    shape: str
    label: str
    title: str
    anchor: str
    marks: str
    place: Place

    @property
    def top(self) -> float:
        """The upper edge."""
        return self.place.y - _HEIGHT / 2

    @property
    def bottom(self) -> float:
        """The lower edge."""
        return self.place.y + _HEIGHT / 2

    @property
    def middle(self) -> float:
        """The middle between left and right."""
        return self.place.x + self.place.width / 2

    @property
    def right(self) -> float:
        """The right edge."""
        return self.place.x + self.place.width


@dataclass(frozen=True, slots=True)
class Line:
    """An edge: its path; its classes are ``link``, ``lit`` and ``bridge``."""

    path: str
    title: str
    classes: str


@dataclass(frozen=True, slots=True)
class Picture:
    """All of it, in pixels. ``left_out`` is how many contacts are neither drawn nor counted."""

    spots: list[Spot]
    lines: list[Line]
    width: float
    height: float
    left_out: int

    @property
    def hubs(self) -> list[Spot]:
        """The spots that stand for counted leaves."""
        return [spot for spot in self.spots if spot.shape == "leaves"]


def draw(
    evidence: Evidence,
    *,
    bridges: Iterable[Bridge] = (),
    steps: Collection[Step] = (),
    opened: Collection[Identifier] = (),
) -> Picture:
    """The picture; ``steps`` are the chain that is lit, the leaves of ``opened`` hubs are drawn."""
    ends: set[Node] = {node for step in steps for node in (step.start, step.end)}
    lit = {frozenset((step.start, step.end)) for step in steps}
    cut, bold = _bridged(bridges)
    shown = visible(evidence, opened=opened, kept=ends)
    labels = {node: _label(node, evidence) for node in _drawn(shown)}
    found = places(
        _drawn(shown),
        width_of=lambda node: round(_PADDING + _CHARACTER * len(labels[node]), 1),
        begins_block=lambda parent, node: frozenset((parent, node)) in bold,
        may_begin=lambda node: isinstance(node, int),
    )
    spots: dict[Drawn, Spot] = {}
    for node, place in found.items():
        marks = " ".join(
            name for name, holds in (("lit", node in ends), ("cut", node in cut)) if holds
        )
        spots[node] = _spot(node, evidence, labels[node], marks, place)
    lines = [
        _line(edge, spots, is_lit=_pair(edge) in lit, is_bridge=_pair(edge) in bold)
        for edge in shown.edges
    ]
    lines += [
        Line(_path(spots[node.hub], spots[node]), "", "")
        for node in spots
        if isinstance(node, Leaves)
    ]
    return Picture([*spots.values()], lines, *bounds(found.values()), shown.left_out)


def _bridged(bridges: Iterable[Bridge]) -> tuple[set[Node], set[frozenset[Drawn]]]:
    """The nodes and the edges that are bridges."""
    cut: set[Node] = set()
    bold: set[frozenset[Drawn]] = set()
    for each in bridges:
        if isinstance(each.at, Edge):
            bold.add(_pair(each.at))
        else:
            cut.add(each.at)
    return cut, bold


def _drawn(shown: Visible) -> dict[Drawn, Drawn | None]:
    """All that is drawn, with what it was reached from."""
    drawn: dict[Drawn, Drawn | None] = {}
    drawn.update(shown.above.items())
    drawn.update((Leaves(hub, count), hub) for hub, count in shown.counted.items())
    return drawn


def _label(node: Drawn, evidence: Evidence) -> str:
    if isinstance(node, Leaves):
        return f"{node.count} contacts"
    label = label_of(node, evidence.given)
    if len(label) <= _MAX_CHARACTERS:
        return label
    return isolated(f"{label[: _MAX_CHARACTERS - 1].lstrip(FIRST_STRONG_ISOLATE)}…")


def _spot(node: Drawn, evidence: Evidence, label: str, marks: str, place: Place) -> Spot:
    if isinstance(node, Leaves):
        title = f"{node.count} contacts that {label_of(node.hub, evidence.given)} alone joins"
        return Spot(token_of(node.hub), "leaves", label, title, "", marks, place)
    shape, anchor = (
        ("contact", f"#contact-{node}")
        if isinstance(node, int)
        else (str(node.kind), "#identifiers")
    )
    return Spot(token_of(node), shape, label, label_of(node, evidence.given), anchor, marks, place)


def _line(edge: Edge, spots: Mapping[Drawn, Spot], *, is_lit: bool, is_bridge: bool) -> Line:
    is_link = isinstance(edge.source, LiveLink)
    classes = {"link": is_link, "lit": is_lit, "bridge": is_bridge}
    return Line(
        _path(spots[edge.left], spots[edge.right]),
        f"Link {edge.source.id}" if is_link else "",
        " ".join(name for name, holds in classes.items() if holds),
    )


def _path(one: Spot, other: Spot) -> str:
    """A curve: to the right in a block, downwards to another one."""
    if one.place.block != other.place.block:
        upper, lower = sorted((one, other), key=lambda spot: spot.place.y)
        middle = (upper.bottom + lower.top) / 2
        return _curve(
            (upper.middle, upper.bottom),
            (upper.middle, middle),
            (lower.middle, middle),
            (lower.middle, lower.top),
        )
    left, right = sorted((one, other), key=lambda spot: (spot.place.x, spot.place.y))
    start = left.right, left.place.y
    if left.place.x == right.place.x:
        bulge = max(left.right, right.right) + GAP / 2
        end = right.right, right.place.y
    else:
        bulge = right.place.x - GAP / 2
        end = right.place.x, right.place.y
    return _curve(start, (bulge, start[1]), (bulge, end[1]), end)


def _curve(start: tuple[float, float], *points: tuple[float, float]) -> str:
    rest = " ".join(f"{x:.1f} {y:.1f}" for x, y in points)
    return f"M{start[0]:.1f} {start[1]:.1f}C{rest}"


def _pair(edge: Edge) -> frozenset[Drawn]:
    return frozenset((edge.left, edge.right))
