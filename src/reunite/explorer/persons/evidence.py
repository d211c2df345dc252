"""Why contacts are one person: the picture, the chain between two nodes, and the bridges."""

from collections.abc import Sequence
from dataclasses import dataclass

from reunite.core.identifiers.kinds import Identifier
from reunite.core.persons.bridges import parted, ranked
from reunite.core.persons.evidence import Bridge, Edge, Evidence, Group, LiveLink, Node, Step
from reunite.core.scope import Scope
from reunite.explorer.persons.names import label_of, token_of
from reunite.explorer.persons.picture import Picture, draw
from reunite.services.persons.explain import explain
from reunite.services.persons.show import show_evidence
from reunite.services.persons.standing import Asked

ENDS = 2
"""The number of ends of a chain."""
MAX_CONTACTS = 5_000
"""So many contacts have their evidence read; the oldest ones of a larger person."""
_BRIDGES_MAX_LISTED = 5
_GROUPS_MAX_TOLD = 3
_IDS_MAX_TOLD = 6
_WORTH_A_LINE = 2
"""A bridge is bold if at least so many contacts would part."""


@dataclass(frozen=True, slots=True)
class Chain:
    """The chain between two nodes in words; ``steps`` is empty where nothing joins them."""

    start: str
    end: str
    steps: list[str]


@dataclass(frozen=True, slots=True)
class ShownBridge:
    """A bridge in words; ``side`` are the contacts that would part, if they are few enough."""

    sentence: str
    side: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class Shown:
    """The section of a page: picture and chain; ``opened`` are tokens of hubs.

    ``bridges`` say in words what would part several contacts, ``narrow`` what would part one alone.
    ``unread`` is how many younger contacts are neither drawn nor asked for bridges.
    """

    picture: Picture
    chain: Chain | None
    bridges: list[ShownBridge]
    narrow: list[str]
    more_bridges: int
    unread: int
    opened: Sequence[str]


def read(
    scope: Scope, person_id: int, *, ends: Sequence[Node] = (), opened: Sequence[Node] = ()
) -> Shown:
    """The section for a person: with the chain between two ends, if there are two."""
    evidence = show_evidence(scope, person_id, max_contacts=MAX_CONTACTS).evidence
    steps: list[Step] = []
    chain = None
    if len(ends) == ENDS:
        start, end = ends
        explained = explain(scope, _end(start), _end(end), within=person_id)
        steps = explained.steps or []
        names = [label_of(node, evidence.given) for node in (start, end)]
        chain = Chain(names[0], names[1], [_step(each, evidence) for each in steps])
    # Contacts that were not read may join the groups as well.
    bridges = [] if evidence.person.more else ranked(evidence.bridges())
    telling = [each for each in bridges if parted(each) >= _WORTH_A_LINE]
    hubs = [node for node in opened if isinstance(node, Identifier)]
    wide, narrow = telling[:_BRIDGES_MAX_LISTED], bridges[len(telling) :][:_BRIDGES_MAX_LISTED]
    return Shown(
        draw(evidence, bridges=telling, steps=steps, opened=hubs),
        chain,
        [ShownBridge(_bridge(each, evidence), _side(each)) for each in wide],
        [_bridge(each, evidence) for each in narrow],
        len(bridges) - len(wide) - len(narrow),
        evidence.person.more,
        list(map(token_of, hubs)),
    )


def _end(node: Node) -> int | Asked:
    return node if isinstance(node, int) else Asked(node)


def _step(step: Step, evidence: Evidence) -> str:
    start, end = (_said(node, evidence) for node in (step.start, step.end))
    at = f"{step.source.created_at:%-d %b %Y}"
    if isinstance(step.source, LiveLink):
        who = "An operator" if step.source.origin == "operator" else "A request"
        return f"{who} joined {start} and {end} on {at} (link {step.source.id})."
    if isinstance(step.start, int):
        return f"Contact {step.start}, of {at}, carries {end}."
    return f"{start} is carried by {end}, of {at}."


def _said(node: Node, evidence: Evidence) -> str:
    """What a node is called within a sentence."""
    return f"contact {node}" if isinstance(node, int) else label_of(node, evidence.given)


def _side(bridge: Bridge) -> tuple[int, ...]:
    """The contacts of the smaller of two groups, else of the younger, if all are listed."""
    smaller = min(reversed(bridge.groups), key=lambda group: group.size)
    is_whole = len(bridge.groups) == ENDS and len(smaller.contact_ids) == smaller.size
    return smaller.contact_ids if is_whole else ()


def _bridge(bridge: Bridge, evidence: Evidence) -> str:
    groups = sorted(bridge.groups, key=lambda group: -group.size)
    if len(groups) > _GROUPS_MAX_TOLD:
        return (
            f"Without {_at(bridge.at, evidence)}, {sum(group.size for group in groups)} contacts "
            f"would fall into {len(groups)} groups, the largest of {_group(groups[0])}."
        )
    apart = " and ".join(map(_group, groups[1:]))
    return f"Without {_at(bridge.at, evidence)}, {apart} would part from {_group(groups[0])}."


def _at(at: Node | Edge, evidence: Evidence) -> str:
    if not isinstance(at, Edge):
        return _said(at, evidence)
    if isinstance(at.source, LiveLink):
        ends = " and ".join(_said(node, evidence) for node in (at.left, at.right))
        return f"link {at.source.id} between {ends}"
    return f"{_said(at.right, evidence)} in {_said(at.left, evidence)}"


def _group(group: Group) -> str:
    ids = ", ".join(map(str, group.contact_ids[:_IDS_MAX_TOLD]))
    more = "…" if group.size > _IDS_MAX_TOLD else ""
    return f"{group.size} contact{'' if group.size == 1 else 's'} ({ids}{more})"
