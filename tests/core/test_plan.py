from datetime import timedelta

import pytest

from reunite.core.identifiers.kinds import Identifier, Kind
from reunite.core.identify.plan import (
    Known,
    Outcome,
    Party,
    Plan,
    earliest_contact_time,
    links_of,
    parties_of,
    plan_identify,
)
from reunite.core.persons.person import Primary
from tests.builders import NOON

OLDER = Primary(NOON, 7)
YOUNGER = Primary(NOON + timedelta(seconds=1), 3)


THIRD = Primary(NOON + timedelta(seconds=2), 4)
EMAIL, PHONE = Identifier(Kind.EMAIL, "mcfly@hillvalley.edu"), Identifier(Kind.PHONE, "123456")
OTHER = Identifier(Kind.PHONE, "9")


@pytest.mark.parametrize(
    ("owners", "plan", "outcome"),
    [
        ((None, None), Plan(None, (), True), Outcome.CREATED),
        ((None,), Plan(None, (), True), Outcome.CREATED),
        ((OLDER, None), Plan(OLDER, (), True), Outcome.LINKED),
        ((None, OLDER), Plan(OLDER, (), True), Outcome.LINKED),
        ((OLDER, OLDER), Plan(OLDER, (), False), Outcome.UNCHANGED),
        ((OLDER,), Plan(OLDER, (), False), Outcome.UNCHANGED),
        ((YOUNGER, OLDER), Plan(OLDER, (YOUNGER,), False), Outcome.MERGED),
        ((OLDER, YOUNGER), Plan(OLDER, (YOUNGER,), False), Outcome.MERGED),
        ((THIRD, OLDER, YOUNGER), Plan(OLDER, (YOUNGER, THIRD), False), Outcome.MERGED),
        ((THIRD, None, OLDER), Plan(OLDER, (THIRD,), True), Outcome.MERGED),
    ],
)
def test_the_plan_follows_from_the_persons_that_are_known(owners, plan, outcome):
    assert plan_identify(Known(owners)) == plan
    assert plan.outcome is outcome


def test_those_who_meet_are_in_the_order_of_their_strongest_identifiers():
    known = Known((YOUNGER, None, YOUNGER, OLDER))
    identifiers = [EMAIL, PHONE, OTHER, EMAIL]
    assert parties_of(identifiers, known) == [
        Party(YOUNGER, (EMAIL, OTHER)),
        Party(None, (PHONE,)),
        Party(OLDER, (EMAIL,)),
    ]


def test_links_join_the_strongest_identifiers_unless_a_contact_is_the_evidence():
    persons = [Party(YOUNGER, (EMAIL,)), Party(OLDER, (PHONE, OTHER)), Party(THIRD, (OTHER,))]
    assert links_of(persons) == [(EMAIL, PHONE), (EMAIL, OTHER)]
    assert links_of(persons[:1]) == []
    assert links_of([*persons, Party(None, (OTHER,))]) == []


def test_a_newcomer_is_never_older_than_the_primary_it_joins():
    assert earliest_contact_time(OLDER) == OLDER.created_at + timedelta(microseconds=1)
