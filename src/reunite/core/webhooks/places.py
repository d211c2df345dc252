"""Which webhooks get the places of a worker, so that slow ones delay no others."""

from collections import Counter
from collections.abc import Collection, Mapping, Sequence
from typing import NamedTuple

PLACES = 64
"""The most requests that a worker has under way at once."""
PLACES_OF_WORKSPACE = 3 * PLACES // 4
"""So many of them are of the webhooks of one workspace at most."""
PLACES_OF_ONE = 4
"""So many of them are of one webhook at most."""
PLACES_OF_SLOW = PLACES // 2
"""So many are for webhooks that are not known to be quick, at most one for each of them."""
SLOW_OF_WORKSPACE = PLACES_OF_SLOW // 2
"""So many of these are of one workspace at most."""
SLOW_SECONDS = 2.0
"""A webhook is quick if its last request took less."""


class Receiver(NamedTuple):
    """A webhook, and the workspace that it belongs to."""

    workspace_id: int
    webhook_id: int


def shared_out(
    due: Sequence[Receiver], under_way: Mapping[Receiver, int], quick: Collection[Receiver]
) -> dict[Receiver, int]:
    """How many requests to begin, by webhook.

    ``due`` are the webhooks with deliveries to attempt, those that wait longest first.
    ``under_way`` counts the requests of each webhook. The workspace that has fewest places gets the
    next one, and in it the webhook that has fewest, until all places are taken.
    """
    taken = Counter(under_way)
    begun: Counter[Receiver] = Counter()
    of_workspace: Counter[int] = Counter()
    slow: Counter[int] = Counter()
    for each, count in under_way.items():
        of_workspace[each.workspace_id] += count
        slow[each.workspace_id] += count if each not in quick else 0
    waiting: dict[int, list[Receiver]] = {}
    for each in due:
        waiting.setdefault(each.workspace_id, []).append(each)

    def may_have_one(each: Receiver) -> bool:
        if each in quick:
            return taken[each] < PLACES_OF_ONE
        is_free = slow.total() < PLACES_OF_SLOW and slow[each.workspace_id] < SLOW_OF_WORKSPACE
        return is_free and not taken[each]

    while waiting and taken.total() < PLACES:
        workspace_id = min(waiting, key=of_workspace.__getitem__)
        own = [each for each in waiting[workspace_id] if may_have_one(each)]
        if not own or of_workspace[workspace_id] >= PLACES_OF_WORKSPACE:
            del waiting[workspace_id]
            continue
        chosen = min(own, key=taken.__getitem__)
        taken[chosen] += 1
        begun[chosen] += 1
        of_workspace[workspace_id] += 1
        slow[workspace_id] += chosen not in quick
    return dict(begun)
