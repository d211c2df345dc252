"""The hard case: A and B are kept apart from C; then a contact arrives that bridges them."""

import itertools

import pytest

from reunite.core.identify.plan import Outcome
from reunite.models import Contact, Link, Separation
from reunite.services.audit.check import check
from reunite.services.identify.batch import identify_batch
from reunite.services.identify.identify import identify
from reunite.services.repair.links import approve_link, reject_link
from reunite.services.repair.separate import lift, separate
from reunite.services.repair.split import split
from tests.scopes import SCOPE

A = ("a@x.example", "1")
B = ("b@x.example", "1")
C = ("c@x.example", "3")


@pytest.fixture(autouse=True)
def consistent():
    """Whatever a test does, what is stored is what the evidence says."""
    yield
    assert list(check()) == []


def new(email, phone):
    """The id of the contact that these details add."""
    return identify(SCOPE, email, phone).person.contacts[-1].id


@pytest.fixture
def apart():
    """A and B are one person, C another, and they are kept apart: the ids of the contacts."""
    a, b, c = new(*A), new(*B), new(*C)
    separate(SCOPE, b, c, reason="not the same")
    return a, b, c


def persons():
    stored = {}
    for id, linked_id in Contact.objects.filter(deleted_at=None).values_list("id", "linked_id"):
        stored.setdefault(linked_id or id, set()).add(id)
    return stored


def held():
    return list(Link.objects.filter(state="held").values_list("held_for", flat=True))


# A request that has the email of one side and the phone number of the other, from both directions.
BRIDGES = [("a@x.example", "3"), ("b@x.example", "3"), ("c@x.example", "1")]


@pytest.mark.parametrize("bridge", BRIDGES)
def test_a_bridge_is_held_once_however_often_it_comes(apart, bridge):
    a, b, c = apart
    side = a if bridge[0][0] in "ab" else c

    for _ in range(3):
        answer = identify(SCOPE, *bridge)
        assert answer.outcome is Outcome.HELD
        assert answer.person.id == side

    assert persons() == {a: {a, b}, c: {c}}
    assert held() == ["kept_apart"]


def test_bridges_from_both_directions_are_held_once(apart):
    a, b, c = apart

    for bridge in (*BRIDGES, *reversed(BRIDGES)):
        assert identify(SCOPE, *bridge).outcome is Outcome.HELD

    assert persons() == {a: {a, b}, c: {c}}
    assert held() == ["kept_apart"]


def test_a_bridge_over_a_newcomer_is_held_when_it_closes(apart):
    a, b, c = apart
    newcomer = new("a@x.example", "9")

    assert identify(SCOPE, "c@x.example", "9").outcome is Outcome.HELD
    assert identify(SCOPE, "d@x.example", "9").person.id == a
    assert identify(SCOPE, "d@x.example", "3").outcome is Outcome.HELD

    stored = persons()
    assert stored[c] == {c}
    assert {a, b, newcomer} <= stored[a]
    assert held() == ["kept_apart"]


def test_a_person_between_may_join_one_side_alone(apart):
    a, _, c = apart
    between = new("d@x.example", "4")
    assert identify(SCOPE, "d@x.example", "1").outcome is Outcome.MERGED

    assert identify(SCOPE, "d@x.example", "3").outcome is Outcome.HELD

    assert persons()[c] == {c}
    assert between in persons()[a]


@pytest.mark.parametrize("order", list(itertools.permutations(BRIDGES)))
def test_a_batch_holds_what_single_requests_hold(apart, order):
    a, b, c = apart

    answers = identify_batch(SCOPE, [*order, ("a@x.example", "9"), ("c@x.example", "9"), *order])

    assert [answer.outcome for answer in answers] == [
        *[Outcome.HELD] * 3,
        Outcome.LINKED,
        *[Outcome.HELD] * 4,
    ]
    stored = persons()
    assert stored[c] == {c}
    assert {a, b} < stored[a]
    assert held() == ["kept_apart"]


def test_a_split_holds_against_every_bridge():
    a, b, c = new(*A), new(*B), new("c@x.example", "1")
    split(SCOPE, a, [c])

    assert identify(SCOPE, "c@x.example", "1").outcome is Outcome.HELD
    newcomer = new("c@x.example", "9")
    assert identify(SCOPE, "a@x.example", "9").outcome is Outcome.HELD

    assert persons() == {a: {a, b}, c: {c, newcomer}}


def test_what_was_held_is_approved_when_the_separation_is_lifted(apart):
    a, b, c = apart
    identify(SCOPE, "a@x.example", "3")
    lift(SCOPE, Separation.objects.get().pk)
    (link,) = Link.objects.filter(state="held")

    (person,) = approve_link(SCOPE, link.pk).persons

    assert [each.id for each in person.contacts] == [a, b, c]


def test_what_was_rejected_is_not_held_again(apart):
    identify(SCOPE, "a@x.example", "3")
    (link,) = Link.objects.filter(state="held")
    reject_link(SCOPE, link.pk)

    assert identify(SCOPE, "a@x.example", "3").outcome is Outcome.HELD

    assert held() == []
