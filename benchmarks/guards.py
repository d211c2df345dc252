"""What guards do to who is one person, against known truth: ``python -m benchmarks.guards FILE``.

FILE is Splink's ``fake_1000.csv``. The other history is generated here: shoppers with details of
their own; many also give the phone of one call centre, or the shop's own address. Every
order goes through the replay that decides for batches; docs/explanation/guards.md has the result.
"""

import csv
import itertools
import random
import sys
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from math import comb
from pathlib import Path
from typing import NamedTuple

from reunite.core.errors import InvalidRequest, NoUsableIdentifier
from reunite.core.identify.guards import GuardContext
from reunite.core.identify.happenings import Held, Retired
from reunite.core.identify.plan import Identified
from reunite.core.identify.replay import Replay
from reunite.core.policy.details import contact_details
from reunite.core.policy.parts import Values
from reunite.core.policy.policy import PROTECT, SPEC, Policy

NUMBER = "customerNumber"
CALL_CENTRE = "+1 800 555 0199"
INFO = "info@shop.example"
CALL_CENTRE_ORDERS = 2_000
INFO_ORDERS = 300

POLICIES = {
    "`spec`": SPEC,
    "`protect`": PROTECT,
    "`spec`, both blocked": replace(
        SPEC, blocked=Values(emails=(INFO,), phone_numbers=(CALL_CENTRE,))
    ),
}


class Order(NamedTuple):
    """What one order says, and who made it. ``number``: a customer number, for ``guards_kinds``."""

    email: str
    phone: str
    truth: str
    number: str = ""


class Measured(NamedTuple):
    """What became of a history under a policy."""

    persons: int
    largest: int
    precision: float
    recall: float
    refused: int
    held: int
    retired: int


def fake_1000(path: Path) -> list[Order]:
    """Splink's demo data, by email."""
    with path.open(newline="") as file:
        return [Order(row["email"], "", row["cluster"]) for row in csv.DictReader(file)]


def shop_history(seed: int = 7) -> list[Order]:
    """1,500 shoppers with up to four orders of their own, then what they share, in random order."""
    chance = random.Random(seed)
    own: list[Order] = []
    for shopper in range(1_500):
        emails = [f"shopper{shopper}@{host}.example" for host in ("home", "work")]
        phones = [f"+1 212 {number:03} {shopper:04}" for number in (555, 556)]
        own += [
            Order(chance.choice(emails), chance.choice(phones), str(shopper))
            for _ in range(chance.randint(1, 4))
        ]
    shared = [
        order._replace(phone=CALL_CENTRE) for order in chance.choices(own, k=CALL_CENTRE_ORDERS)
    ]
    shared += [order._replace(email=INFO) for order in chance.choices(own, k=INFO_ORDERS)]
    orders = own + shared
    chance.shuffle(orders)
    return orders


def measure(orders: Sequence[Order], policy: Policy) -> Measured:
    """Replay the orders, and compare the persons with the truth, pair by pair of orders."""
    replay = Replay([], GuardContext(policy=policy))
    ids = itertools.count(1)
    start = datetime(2026, 1, 1, tzinfo=UTC)
    for place, order in enumerate(orders):
        _identify(replay, order, policy, ids, start + timedelta(seconds=place))
    # Once more, since an order's person may have merged with others, or parted from them, since.
    end = start + timedelta(days=365)
    last = [(order, _identify(replay, order, policy, ids, end)) for order in orders]
    found = [(identified.person.id, order.truth) for order, identified in last if identified]
    joined = _pairs(person for person, _ in found)
    right = _pairs(found)
    return Measured(
        persons=len(replay.persons),
        largest=max(Counter(person for person, _ in found).values()),
        precision=right / joined if joined else 1.0,
        recall=right / _pairs(truth for _, truth in found),
        refused=len(orders) - len(found),
        held=sum(isinstance(each, Held) for each in replay.happenings),
        retired=sum(isinstance(each, Retired) for each in replay.happenings),
    )


def _identify(
    replay: Replay, order: Order, policy: Policy, ids: Iterator[int], at: datetime
) -> Identified | None:
    try:
        others = {NUMBER: [order.number]} if order.number else {}
        details = contact_details(order.email, order.phone, others, policy=policy)
    except (InvalidRequest, NoUsableIdentifier):
        return None
    return replay.identify(details, new_ids=ids, at=at)


def _pairs(groups: Iterable[object]) -> int:
    return sum(comb(size, 2) for size in Counter(groups).values())


def main() -> None:
    """Print the tables."""
    histories = {
        "a shop with a call centre": shop_history(),
        "fake_1000": fake_1000(Path(sys.argv[1])),
    }
    for name, orders in histories.items():
        print(f"\n{name}: {len(orders):,} orders of {len({o.truth for o in orders}):,} persons\n")
        print(
            "| policy | persons | orders of the largest | precision | recall | refused "
            "| held | retired |"
        )
        print("|---|---|---|---|---|---|---|---|")
        for policy_name, policy in POLICIES.items():
            m = measure(orders, policy)
            print(
                f"| {policy_name} | {m.persons:,} | {m.largest:,} | {m.precision:.3f} "
                f"| {m.recall:.3f} | {m.refused:,} | {m.held:,} | {m.retired:,} |"
            )


if __name__ == "__main__":
    main()
