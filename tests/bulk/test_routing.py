"""Persons in which a guard could decide are set aside, and only those."""

from dataclasses import replace

import pytest

from reunite.bulk.engine import engine
from reunite.bulk.files import find
from reunite.bulk.plan import plan
from reunite.bulk.read import Rules, read
from reunite.bulk.routing import ComponentStats, needs_replay, route
from reunite.core.imports.files import Columns
from reunite.core.policy.parts import Limits, Values
from reunite.core.policy.policy import SPEC
from tests.builders import NOON
from tests.bulk.planning import write_csv

STATS = ComponentStats(
    contacts=3, merges=1, emails=2, phones=3, contacts_per_email=2, contacts_per_phone=1
)


@pytest.mark.parametrize(
    ("limits", "expected"),
    [
        (Limits(), False),
        (Limits(emails_per_person=2, phones_per_person=3), False),
        (Limits(emails_per_person=1), True),
        (Limits(phones_per_person=2), True),
        (Limits(contacts_per_email=1), True),
        (Limits(contacts_per_email=2, contacts_per_phone=1), False),
        (Limits(persons_per_phone=1), True),
        (Limits(persons_per_phone=2), False),
        (Limits(persons_per_email=1), False),
        (Limits(emails_per_phone=1), True),
        (Limits(emails_per_phone=2), False),
    ],
)
def test_what_is_over_a_limit_as_a_whole_is_replayed(limits, expected):
    assert needs_replay(STATS, replace(SPEC, limits=limits)) is expected


def test_what_is_kept_apart_is_replayed_and_what_nobody_verified_if_it_merges():
    verified = replace(SPEC, join_only_verified=True)
    assert needs_replay(replace(STATS, holds_separated=True), SPEC)
    assert needs_replay(STATS, verified)
    assert not needs_replay(replace(STATS, merges=0), verified)


def replayed(tmp_path, policy):
    rows = [
        *(("a@x.example", f"1{n}", 0) for n in range(4)),
        *((f"b{n}@x.example", "2", 0) for n in range(4)),
        ("c@x.example", "3", 0),
        ("d@x.example", "4", 0),
        ("c@x.example", "4", 0),
    ]
    path = write_csv(tmp_path / "orders.csv", rows)
    with engine(threads=1) as duck:
        read(duck, find([str(path)], folder=duck.folder), Columns(), Rules(policy), at=NOON,
             workers=1)  # fmt: skip
        plan(duck)
        route(duck, policy)
        return [top for (top,) in duck.rows("SELECT top FROM replayed ORDER BY top")]


def test_each_limit_sets_its_components_aside(tmp_path):
    def under(**limits):
        return replayed(tmp_path, replace(SPEC, limits=Limits(**limits)))

    assert replayed(tmp_path, SPEC) == []
    assert under(phones_per_person=3) == [1]
    assert under(emails_per_person=1) == [5, 9]
    assert under(contacts_per_phone=3) == [5]
    assert replayed(tmp_path, replace(SPEC, join_only_verified=True)) == [9]
    allowed = replace(
        SPEC, limits=Limits(contacts_per_phone=3), allowed=Values(phone_numbers=("2",))
    )
    assert replayed(tmp_path, allowed) == []
