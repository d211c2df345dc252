"""Where each node of a picture stands: blocks one below the other, columns and rows in each.

A block begins where a bridge is crossed, and where lines would run too far to the right. So what
holds together stays together, and bridges are the long lines between blocks. In a block the node
that leads to the others stands on the left, and what hangs on a node stays beside it, so lines of
the walk do not cross. Deterministic, and pure.
"""

from collections import defaultdict
from collections.abc import Callable, Collection, Hashable, Mapping, Sequence
from dataclasses import dataclass
from typing import Generic, TypeVar

Name = TypeVar("Name", bound=Hashable)

ROW, GAP, MARGIN = 34.0, 56.0, 16.0
_BETWEEN_BLOCKS = 22.0
MAX_DEPTH = 4
"""A contact that would stand further to the right begins a block."""


@dataclass(frozen=True, slots=True)
class Place:
    """The left edge, the middle between top and bottom, the width, and the block."""

    x: float
    y: float
    width: float
    block: int


@dataclass(slots=True)
class _Block(Generic[Name]):
    """A node that leads to others, these by depth, and the blocks that follow from it."""

    root: Name
    depths: dict[Name, int]
    after: list["_Block[Name]"]


def places(
    above: Mapping[Name, Name | None],
    *,
    width_of: Callable[[Name], float],
    begins_block: Callable[[Name, Name], bool],
    may_begin: Callable[[Name], bool],
) -> dict[Name, Place]:
    """The place of each node of a forest; ``above`` has parents before their children.

    ``begins_block`` says of a parent and a child whether a bridge lies between them. ``may_begin``
    says whether a node may begin a block for want of room.
    """
    below: defaultdict[Name, list[Name]] = defaultdict(list)
    block_of: dict[Name, _Block[Name]] = {}
    first: list[_Block[Name]] = []
    for node, parent in above.items():
        block = None if parent is None else block_of[parent]
        depth = 0 if block is None or parent is None else block.depths[parent] + 1
        if block is None or parent is None:
            block_of[node] = begun = _Block(node, {node: 0}, [])
            first.append(begun)
        elif begins_block(parent, node) or (depth > MAX_DEPTH and may_begin(node)):
            block_of[node] = begun = _Block(node, {node: 0}, [])
            block.after.append(begun)
        else:
            block.depths[node] = depth
            block_of[node] = block
            below[parent].append(node)
    found: dict[Name, Place] = {}
    top = MARGIN
    for number, block in enumerate(_in_order(first)):
        rows, height = _rows(block, below)
        lefts = _lefts(block, width_of)
        for node, depth in block.depths.items():
            y = top + ROW / 2 + rows[node] * ROW
            found[node] = Place(round(lefts[depth], 1), round(y, 1), width_of(node), number)
        top += height * ROW + _BETWEEN_BLOCKS
    return found


def _in_order(first: Sequence[_Block[Name]]) -> list[_Block[Name]]:
    """Each block before those that follow from it, which stand right below it."""
    found, waiting = [], [*reversed(first)]
    while waiting:
        block = waiting.pop()
        found.append(block)
        waiting += reversed(block.after)
    return found


def _rows(
    block: _Block[Name], below: Mapping[Name, Sequence[Name]]
) -> tuple[dict[Name, float], int]:
    """The row of each node: a leaf has its own row, others stand between the nodes below them."""
    rows: dict[Name, float] = {}
    waiting = [block.root]
    free = 0
    while waiting:
        node = waiting.pop()
        waiting += reversed(below.get(node, ()))
        if not below.get(node):
            rows[node] = free
            free += 1
    for node in sorted(block.depths, key=lambda each: -block.depths[each]):
        if node not in rows:
            rows[node] = (rows[below[node][0]] + rows[below[node][-1]]) / 2
    return rows, free


def _lefts(block: _Block[Name], width_of: Callable[[Name], float]) -> list[float]:
    """The left edge of each column."""
    widths: defaultdict[int, float] = defaultdict(float)
    for node, depth in block.depths.items():
        widths[depth] = max(widths[depth], width_of(node))
    lefts = [MARGIN]
    for depth in range(len(widths)):
        lefts.append(lefts[-1] + widths[depth] + GAP)
    return lefts


def bounds(found: Collection[Place]) -> tuple[float, float]:
    """The width and the height that all places need."""
    right = max(each.x + each.width for each in found)
    bottom = max(each.y for each in found)
    return right + MARGIN, bottom + ROW / 2 + MARGIN
