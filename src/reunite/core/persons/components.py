"""Connected components by union-find.

Tarjan, "Efficiency of a Good But Not Linear Set Union Algorithm", JACM 22 (1975), with path
halving (Tarjan and van Leeuwen, JACM 31, 1984). Ranks are left out: the components here are small.
"""

from collections.abc import Hashable, Iterable
from typing import Generic, TypeVar

Node = TypeVar("Node", bound=Hashable)


class Components(Generic[Node]):
    """A partition that grows by joining; every node is alone until it is joined."""

    def __init__(self) -> None:
        self._parent: dict[Node, Node] = {}

    def find(self, node: Node) -> Node:
        """The node that stands for the component of ``node``."""
        parent = self._parent
        parent.setdefault(node, node)
        while parent[node] != node:
            # Targets are assigned from left to right: the link first, then the step along it.
            parent[node] = node = parent[parent[node]]
        return node

    def join(self, nodes: Iterable[Node]) -> None:
        """Make all ``nodes`` one component."""
        roots = [self.find(node) for node in nodes]
        for root in roots:
            self._parent[self.find(root)] = self.find(roots[0])

    def groups(self) -> list[set[Node]]:
        """The components, in order of first sight."""
        groups: dict[Node, set[Node]] = {}
        for node in list(self._parent):
            groups.setdefault(self.find(node), set()).add(node)
        return list(groups.values())
