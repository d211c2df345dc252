"""When contacts were last written, if merges came one after the other."""

from collections.abc import Iterable
from datetime import datetime


def last_written(
    merges: Iterable[tuple[datetime, int, int]],
) -> tuple[dict[int, datetime], dict[int, datetime]]:
    """When each person was last absorbed, and when it last survived, by its first primary.

    ``merges`` come in order: the time, and a primary that each of the two persons had at some time.
    Primaries are numbered by age. An absorbed person moves again with the person that absorbed it.
    """
    parent: dict[int, int] = {}
    survivor_of: dict[int, int] = {}
    absorbed: dict[int, datetime] = {}
    survived: dict[int, datetime] = {}

    def find(node: int) -> int:
        while (above := parent.get(node, node)) != node:
            parent[node] = node = parent.get(above, above)
        return node

    for at, one, other in merges:
        older, younger = sorted((find(one), find(other)))
        parent[younger] = survivor_of[younger] = older
        absorbed[younger] = at
        survived[older] = at
    # A person that absorbs is absorbed later, if at all: the last first.
    for person in reversed(absorbed):
        absorbed[person] = absorbed.get(survivor_of[person], absorbed[person])
    return absorbed, survived
