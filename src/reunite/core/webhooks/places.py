"""Which webhooks get the places of a worker, so that one that is slow delays no other."""

from collections import Counter
from collections.abc import Collection, Mapping, Sequence

PLACES = 64
"""So many requests a worker has under way at once."""
PLACES_OF_ONE = 4
"""So many of them are of one webhook at most."""
PLACES_OF_SLOW = PLACES // 2
"""So many are for webhooks that are slow or fail, at most one for each of them."""
SLOW_SECONDS = 2.0
"""A webhook is slow if its last request took longer."""


def shared_out(
    due: Sequence[int], under_way: Mapping[int, int], slow: Collection[int]
) -> dict[int, int]:
    """How many requests to begin, by webhook.

    ``due`` are the webhooks with deliveries to attempt, those that wait longest first.
    ``under_way`` counts the requests of each webhook. First each webhook gets one place, then each
    a second, until all places are taken.
    """
    taken = Counter(under_way)
    begun: Counter[int] = Counter()
    for round in range(1, PLACES_OF_ONE + 1):
        for webhook in due:
            is_slow = webhook in slow
            if taken.total() >= PLACES:
                return dict(begun)
            if taken[webhook] >= (1 if is_slow else round):
                continue
            if is_slow and sum(taken[each] for each in slow) >= PLACES_OF_SLOW:
                continue
            taken[webhook] += 1
            begun[webhook] += 1
    return dict(begun)
