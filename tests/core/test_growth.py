from reunite.core.identifiers.kinds import Identifier, Kind
from reunite.core.identify.growth import Growth
from reunite.core.identify.happenings import Created, Held, Merged
from reunite.core.identify.plan import HoldReason, Review
from reunite.core.persons.person import Primary
from tests.builders import NOON
from tests.core.contacts import make_contact

EMAIL, PHONE = Identifier(Kind.EMAIL, "a"), Identifier(Kind.PHONE, "1")
REVIEW = Review(EMAIL, PHONE, HoldReason.KEPT_APART)
STORED, OTHER, NEW = Primary(NOON, 1), Primary(NOON, 2), Primary(NOON, 100)


def created(person, *ids):
    return [Created(make_contact(id, email=f"e{id}@x.example"), person, NOON) for id in ids]


def merged(survivor, absorbed):
    return Merged(survivor, absorbed, (), (EMAIL, PHONE), NOON)


def persons_of(growth, *stored):
    return [
        (each.person.id, each.before, [contact.id for contact in each.contacts])
        for each in growth.grown(set(stored))
    ]


def test_a_merge_that_is_held_lets_no_person_grow():
    growth = Growth([Held(STORED, OTHER, REVIEW, NOON)])
    assert growth.least_sizes == {}
    assert growth.grown(set()) == []


def test_each_newcomer_takes_one_from_the_size_that_matters():
    growth = Growth([*created(STORED, 11), *created(OTHER, *range(12, 26)), *created(NEW, 100)])
    assert growth.least_sizes == {1: 10, 2: 1}


def test_of_persons_that_did_not_merge_those_that_had_the_size_can_be_suspicious():
    growth = Growth([*created(STORED, 11, 12), *created(OTHER, 13)])
    assert persons_of(growth) == []
    assert persons_of(growth, 1) == [(1, {1}, [11, 12])]


def test_a_new_person_can_be_suspicious_by_its_newcomers_alone():
    assert persons_of(Growth(created(NEW, *range(100, 110)))) == []
    assert persons_of(Growth(created(NEW, *range(100, 111)))) == [(100, set(), [*range(100, 111)])]


def test_persons_that_merged_can_be_suspicious_from_any_size():
    growth = Growth([*created(OTHER, 11), merged(STORED, OTHER), *created(STORED, 12)])
    assert growth.least_sizes == {1: 1, 2: 1}
    assert persons_of(growth, 1, 2) == [(1, {1, 2}, [11, 12])]


def test_a_new_person_that_a_stored_one_absorbed_brings_its_newcomers():
    growth = Growth([*created(NEW, 100, 101), merged(STORED, NEW)])
    assert growth.least_sizes == {1: 1}
    assert persons_of(growth, 1) == [(1, {1}, [100, 101])]


def test_who_merged_with_a_suspicious_person_cannot_become_suspicious():
    growth = Growth([merged(STORED, OTHER)])
    assert persons_of(growth, 1) == []
