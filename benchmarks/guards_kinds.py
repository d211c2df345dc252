"""What an exclusive customer number does where customers share phone numbers, against known truth.

``python -m benchmarks.guards_kinds`` prints the table of docs/explanation/guards.md. Each history
is a shop of ordinary shoppers with one pollution, with all of them, or with loyal shoppers, who are
no pollution; six in ten orders, chosen at random, have the customer number of their shopper. Each
goes through ``benchmarks.guards.measure``.
"""

import random
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace

from benchmarks.guards import NUMBER, Order, measure
from benchmarks.guards_hubs import families, gifts, loyal, offices, recycled
from reunite.core.policy.declared import DeclaredKind
from reunite.core.policy.policy import PROTECT, Policy

_SEED = 7
_SHOPPERS = 1_500
_NUMBERED = 0.6

_WITH_NUMBER = replace(PROTECT, kinds=((NUMBER, DeclaredKind(per_person=1)),))
_STRICT = replace(PROTECT.limits, persons_per_phone=1, contacts_per_phone=3)
POLICIES: Mapping[str, Policy] = {
    "`protect`": PROTECT,
    "with the number": _WITH_NUMBER,
    "number, strict phones": replace(_WITH_NUMBER, limits=_STRICT),
}
POLLUTIONS: Mapping[str, Callable[[random.Random], list[Order]]] = {
    "families": families,
    "offices of 15": offices,
    "gifts": gifts,
    "recycled numbers": recycled,
}
HISTORIES: Mapping[str, Sequence[str]] = {
    **{name: [name] for name in POLLUTIONS},
    "all of these": [*POLLUTIONS],
    "loyal shoppers": ["loyal shoppers"],
}


def ordinary(chance: random.Random) -> list[Order]:
    """Shoppers with one or two emails and one or two phone numbers of their own."""
    orders = []
    for shopper in range(_SHOPPERS):
        emails = [f"n{shopper}@{host}.example" for host in "ab"[: chance.randint(1, 2)]]
        phones = [f"+1 218 {200 + n} {shopper:04}" for n in range(chance.randint(1, 2))]
        orders += [
            Order(chance.choice(emails), chance.choice(phones), str(shopper))
            for _ in range(chance.randint(2, 6))
        ]
    return orders


def history(*names: str) -> list[Order]:
    """Ordinary shoppers and those of the pollutions, in random order, with customer numbers."""
    chance = random.Random(_SEED)
    orders = []
    parts = {"loyal shoppers": loyal, **POLLUTIONS}
    for name, made in {"": ordinary, **{name: parts[name] for name in names}}.items():
        orders += [each._replace(truth=f"{name}{each.truth}") for each in made(chance)]
    chance.shuffle(orders)
    return [
        each._replace(number=each.truth) if chance.random() < _NUMBERED else each for each in orders
    ]


def main() -> None:
    """Print the table."""
    print("| history | orders | persons | policy | found | precision | recall | held | hubs |")
    print("|---|---|---|---|---|---|---|---|---|")
    for name, names in HISTORIES.items():
        orders = history(*names)
        for policy_name, policy in POLICIES.items():
            m = measure(orders, policy)
            print(
                f"| {name} | {len(orders):,} | {len({o.truth for o in orders}):,} | {policy_name} "
                f"| {m.persons:,} | {m.precision:.3f} | {m.recall:.3f} | {m.held:,} | {m.retired} |"
            )


if __name__ == "__main__":
    main()
