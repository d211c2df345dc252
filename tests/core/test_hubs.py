import itertools
from dataclasses import replace

import pytest

from benchmarks.guards import Order, measure
from reunite.core.identifiers.kinds import Identifier, Kind
from reunite.core.identify.guards import GuardContext
from reunite.core.identify.happenings import Retired
from reunite.core.identify.hubs import (
    Strangers,
    emails_without_hub,
    find_hubs,
    may_hold_hub,
    strangers_of,
)
from reunite.core.identify.replay import Replay
from reunite.core.identify.replay_links import ReplayLinks
from reunite.core.persons.person import Person
from reunite.core.persons.suspicion import Counts
from reunite.core.policy.parts import Limits, Values
from reunite.core.policy.policy import PROTECT, SPEC
from tests.builders import NOON, details_of
from tests.core.contacts import contact_with

HOME = Identifier(Kind.PHONE, "1")
ANN = Identifier(Kind.EMAIL, "ann@x.example")


def email(name):
    return Identifier(Kind.EMAIL, f"{name}@x.example")


def phone(key):
    return Identifier(Kind.PHONE, key)


def contacts(*pairs):
    return [
        contact_with(id, (name, number), (name and f"{name}@x.example", number))
        for id, (name, number) in enumerate(pairs, 1)
    ]


OFFICE = contacts(
    *((name, "1") for name in "abc"), *((name, f"2{place}") for place, name in enumerate("abc"))
)


@pytest.mark.parametrize(
    ("hub", "carried", "links", "expected"),
    [
        # Colleagues with phones of their own.
        (HOME, OFFICE, [], Strangers(3, 3)),
        # Whoever gives nothing but the shared phone and an email has an email.
        (HOME, contacts(("a", "1"), ("b", "1")), [], Strangers(0, 2)),
        # A loyal shopper with many phones.
        (ANN, contacts(*(("ann", str(n)) for n in range(6))), [], Strangers(0, 0)),
        # Tagged emails are one.
        (HOME, contacts(("ann+a", "1"), ("ann+b", "1"), ("ann", "1")), [], Strangers(0, 1)),
        (ANN, contacts(("ann", "1"), ("ann+b", "1")), [], Strangers(0, 0)),
        # A contact with the shared phone alone is nobody.
        (HOME, contacts((None, "1"), ("a", "1")), [], Strangers(0, 1)),
        # Gifts to other shoppers.
        (ANN, contacts(("ann", "1"), ("b", "2"), ("ann", "3")), [(ANN, phone("2"))],
         Strangers(1, 1)),
        # What a link joins shares something.
        (HOME, OFFICE, [(email("a"), phone("21"))], Strangers(2, 2)),
        # Two contacts that an operator joined.
        (HOME, OFFICE, [(1, 2), (2, 3)], Strangers(1, 1)),
        # Strangers whom a request joined by the identifier, with no contact that has both.
        (HOME, contacts(("a", "1"), ("b", "2")), [(email("b"), HOME)], Strangers(1, 2)),
    ],
)  # fmt: skip
def test_those_who_share_nothing_else_are_counted(hub, carried, links, expected):
    for order in (carried, carried[::-1]):
        assert strangers_of(hub, order, links) == expected


def test_the_worst_hub_comes_first_and_allowed_ones_are_none():
    policy = replace(SPEC, limits=Limits(persons_per_phone=2, emails_per_phone=9))
    assert find_hubs(OFFICE, [], policy=policy) == [HOME]
    assert find_hubs(OFFICE, [(1, 2)], policy=policy) == []
    allowed = replace(policy, allowed=Values(phone_numbers=("1",)))
    assert find_hubs(OFFICE, [], policy=allowed) == []
    assert find_hubs(OFFICE, [], policy=replace(SPEC, limits=Limits(emails_per_phone=2))) == [HOME]
    assert find_hubs(OFFICE, [], policy=replace(SPEC, limits=Limits(persons_per_email=1))) == []


@pytest.mark.parametrize(
    ("counts", "limits", "expected"),
    [
        (Counts(9, (9, 9)), Limits(), False),
        (Counts(9, (3, 4)), Limits(persons_per_phone=2), True),
        (Counts(9, (3, 3)), Limits(persons_per_phone=2), False),
        (Counts(9, (2, 4)), Limits(persons_per_phone=2), False),
        (Counts(9, (4, 3)), Limits(persons_per_email=2), True),
        (Counts(9, (3, 3)), Limits(persons_per_email=2), False),
        (Counts(9, (4, 2)), Limits(persons_per_email=2), False),
        (Counts(9, (3, 1)), Limits(emails_per_phone=2), True),
        (Counts(9, (2, 1)), Limits(emails_per_phone=2), False),
    ],
)
def test_a_person_that_is_too_small_for_a_hub_need_not_be_looked_at(counts, limits, expected):
    assert may_hold_hub(counts, limits) is expected
    least = emails_without_hub(limits)
    assert not expected or counts.of_kind(Kind.EMAIL) > least


def test_without_limits_nobody_has_a_hub():
    assert emails_without_hub(Limits()) is None
    assert emails_without_hub(Limits(persons_per_email=2, emails_per_phone=7)) == 3


def test_links_are_found_by_their_ends_until_one_is_dropped():
    (ann, other) = contacts(("ann", "1"), ("b", "2"))
    stored, new = (email("ann"), phone("2")), (1, 2)
    links = ReplayLinks({7: stored})
    links.add(new)
    links.add((email("b"), phone("2")))
    assert links.among([ann]) == [new, stored]
    assert set(links.among([other])) == set(links)

    assert links.drop(phone("2")) == ((7,), ((email("b"), phone("2")),))

    assert list(links) == links.among([ann, other]) == [new]
    assert links.drop(phone("2")) == ((), ())


def history(*requests):
    return [Order(f"{name}@x.example", f"+1 212 555 {number:04}", who)
            for name, number, who in requests]  # fmt: skip


LOYAL = history(*(("ann", number, "ann") for number in range(20)))
TAGGED = history(*((f"ann+{number}", 1, "ann") for number in range(20)))
COLLEAGUES = [
    *(("a", 1, "a"), ("b", 1, "b"), ("c", 1, "c")),
    *(("a", 2, "a"), ("b", 3, "b"), ("c", 4, "c")),
]


@pytest.mark.parametrize("orders", [LOYAL, TAGGED])
def test_a_loyal_shopper_stays_one_person(orders):
    measured = measure(orders, PROTECT)
    assert (measured.persons, measured.retired, measured.refused) == (1, 0, 0)


def test_an_office_of_three_parts_in_whatever_order_its_orders_come():
    for order in itertools.permutations(COLLEAGUES):
        measured = measure(history(*order), PROTECT)
        assert (measured.persons, measured.retired, measured.precision) == (3, 1, 1.0)


def test_a_hub_that_shows_when_another_one_is_gone_is_retired_too():
    # Two colleagues share two phones, so neither phone joins strangers while the other counts.
    person = Person.of(contacts(("a", "1"), ("b", "1"), ("a", "2"), ("b", "2")))
    policy = replace(SPEC, limits=Limits(emails_per_phone=1))
    replay = Replay([person], GuardContext(policy=policy))

    replay.identify(details_of("c@x.example", "1"), new_ids=iter([9]), at=NOON)

    retired = [each.identifier for each in replay.happenings if isinstance(each, Retired)]
    assert retired == [phone("1"), phone("2")]
    assert sorted(person.emails[0] for person in replay.persons) == [
        "a",
        "b",
        "c@x.example",
    ]
