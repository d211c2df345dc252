from datetime import timedelta

from reunite.core.identifiers.kinds import Kind
from reunite.core.persons.person import Person
from reunite.core.repair.effects import (
    MAX_SAMPLES,
    Effects,
    Sample,
    Size,
    effects,
    has_more_than,
    largest,
)
from tests.builders import NOON
from tests.core.contacts import contact_with


def person(*ids, phone=None):
    return Person.of(
        contact_with(id, (f"{id}@x", phone), (f"{id}@x", phone), NOON + timedelta(seconds=id))
        for id in ids
    )


def test_persons_that_stay_as_they_are_are_no_effect():
    assert effects([person(1, 2)], [person(1, 2)]) == Effects(0, 0, ())


def test_splits_and_merges_are_counted_by_person():
    before = [person(1, 2, 3), person(4), person(5), person(6)]
    after = [person(1, 4, 5), person(2), person(3), person(6)]

    found = effects(before, after)

    assert (found.splits, found.merges) == (1, 1)
    assert found.samples == (
        Sample(
            before=(Size(1, 3), Size(4, 1), Size(5, 1)),
            after=(Size(1, 3), Size(2, 1), Size(3, 1)),
        ),
    )


def test_a_sample_names_the_oldest_of_many():
    many = range(1, 3 * MAX_SAMPLES)
    (sample,) = effects([person(*many)], map(person, many)).samples
    assert sample.after == tuple(Size(n, 1) for n in many[:MAX_SAMPLES])


def test_the_largest_person_is_of_two_the_older():
    assert largest([Size(3, 1), Size(2, 2), Size(1, 2)]) == Size(1, 2)
    assert largest([]) is None


def test_identifiers_of_a_person_are_counted_once():
    assert not has_more_than(2, Kind.EMAIL, person(1, 2))
    assert has_more_than(1, Kind.EMAIL, person(1, 2))
    assert not has_more_than(1, Kind.PHONE, person(1, 2, phone="1"))
