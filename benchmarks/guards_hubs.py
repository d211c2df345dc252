"""What the rule for hubs does to loyal shoppers, families and offices, against known truth.

``python -m benchmarks.guards_hubs`` prints the table of docs/explanation/guards.md. The histories
are generated here; each goes through ``benchmarks.guards.measure``.
"""

import random
from collections.abc import Callable, Mapping
from dataclasses import replace

from benchmarks.guards import Order, measure
from reunite.core.policy.parts import Limits
from reunite.core.policy.policy import PROTECT, Policy

_SEED = 7
_PERSONS = 600

POLICIES: Mapping[str, Policy] = {
    "5 and 10 contacts": replace(PROTECT, limits=Limits(25, 25, 5, 10)),
    "`protect`": PROTECT,
}


def loyal(chance: random.Random) -> list[Order]:
    """One email with up to eight phone numbers, or one phone number with up to 14 tagged emails."""
    orders = []
    for shopper in range(_PERSONS):
        tagged = shopper % 2
        for number in range(chance.randint(1, 14 if tagged else 8)):
            email = (
                f"loyal{shopper}+shop{number}@home.example" if tagged else f"l{shopper}@h.example"
            )
            phone = _phone(1, shopper, 0 if tagged else number)
            orders += [Order(email, phone, str(shopper))] * chance.randint(1, 2)
    return orders


def restless(chance: random.Random) -> list[Order]:
    """Shoppers who use any of their one to four emails with any of their one to five phones."""
    orders = []
    for shopper in range(_PERSONS):
        emails = [f"r{shopper}@{host}.example" for host in "abcd"[: chance.randint(1, 4)]]
        phones = [_phone(2, shopper, number) for number in range(chance.randint(1, 5))]
        orders += [
            Order(chance.choice(emails), chance.choice(phones), str(shopper))
            for _ in range(chance.randint(2, 12))
        ]
    return orders


def gifts(chance: random.Random) -> list[Order]:
    """Shoppers; a third of them send gifts, with the phone number of one to six other shoppers."""
    orders = []
    for shopper in range(_PERSONS):
        email, truth = f"g{shopper}@home.example", str(shopper)
        own = Order(email, _phone(3, shopper, 0), truth)
        orders += [own] * chance.randint(1, 3)
        if shopper % 3 == 0:
            for _ in range(chance.randint(1, 6)):
                other = chance.randrange(_PERSONS)
                orders.append(own._replace(phone=_phone(3, other, 0)))
    return orders


def families(chance: random.Random) -> list[Order]:
    """Two to five persons with a phone number of their own who share one at home."""
    return _sharing(chance, 4, lambda: chance.randint(2, 5), own_phone=0.8)


def small_offices(chance: random.Random) -> list[Order]:
    """Three to nine persons who share the phone number of an office."""
    return _sharing(chance, 5, lambda: chance.randint(3, 9), own_phone=0.8)


def offices(chance: random.Random) -> list[Order]:
    """Fifteen persons who share the phone number of an office; half give no other."""
    return _sharing(chance, 6, lambda: 15, own_phone=0.5)


def recycled(chance: random.Random) -> list[Order]:
    """Half of the phone numbers get a second owner."""
    orders = []
    for shopper in range(_PERSONS):
        for owner in range(1 + shopper % 2):
            email, truth = f"o{shopper}-{owner}@home.example", f"{shopper}-{owner}"
            orders += [Order(email, _phone(7, shopper, number), truth) for number in (0, 1 + owner)]
    return orders


def _sharing(
    chance: random.Random, area: int, size: Callable[[], int], *, own_phone: float
) -> list[Order]:
    orders = []
    for group in range(_PERSONS // 6):
        for member in range(size()):
            email, truth = f"s{area}-{group}-{member}@home.example", f"{group}-{member}"
            phones = [_phone(area, group, 0)] * 2
            if chance.random() < own_phone:
                phones += [_phone(area, group, 1 + member)] * 2
            orders += [
                Order(email, chance.choice(phones), truth) for _ in range(chance.randint(2, 6))
            ]
    return orders


def _phone(area: int, group: int, number: int) -> str:
    return f"+1 21{area} {200 + number:03} {group:04}"


HISTORIES = {
    "loyal shoppers": loyal,
    "several emails and phones": restless,
    "gifts": gifts,
    "families": families,
    "offices of 3 to 9": small_offices,
    "offices of 15": offices,
    "recycled numbers": recycled,
}


def main() -> None:
    """Print the table."""
    print("| history | orders | persons | policy | found | precision | recall | hubs | refused |")
    print("|---|---|---|---|---|---|---|---|---|")
    for name, history in HISTORIES.items():
        chance = random.Random(_SEED)
        orders = history(chance)
        chance.shuffle(orders)
        for policy_name, policy in POLICIES.items():
            m = measure(orders, policy)
            print(
                f"| {name} | {len(orders):,} | {len({o.truth for o in orders}):,} | {policy_name} "
                f"| {m.persons:,} | {m.precision:.3f} | {m.recall:.3f} | {m.retired} "
                f"| {m.refused} |"
            )


if __name__ == "__main__":
    main()
