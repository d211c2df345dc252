"""Replays with large persons, of which the oldest contacts alone are known."""

from datetime import timedelta
from itertools import count

import pytest
from hypothesis import given
from hypothesis import strategies as st

from reunite.core.identify.members import NotWhole
from reunite.core.identify.replay import Replay
from reunite.core.persons.person import Person
from reunite.core.policy.details import contact_details
from reunite.core.policy.rules import policy_from
from tests.builders import NOON, details_of
from tests.core.contacts import make_contact

KNOWN = 3
large = Person.of(
    make_contact(n, email=f"large{n}@x.example", phone="1", minutes=n) for n in range(1, 9)
)
other = Person.of([make_contact(20, email="other@x.example", phone="2", minutes=20)])
emails = st.sampled_from(
    [None, "large2@x.example", "large8@x.example", "other@x.example", "new@x.example"]
)
phones = st.sampled_from([None, "1", "2", "3"])


def replayed(requests, *, known):
    persons = [large.first(known), other]
    owners = {
        identifier: person.primary
        for person in (large, other)
        for contact in person.contacts
        for identifier in contact.identifiers
    }
    replay, ids = Replay(persons, owners=owners), count(100)
    answers = [
        replay.identify(
            details_of(*request),
            new_ids=ids,
            at=NOON + timedelta(minutes=minutes),
            listed=lambda size: min(size, KNOWN),
        )
        for request, minutes in requests
    ]
    return answers, replay.happenings


# None is older than the large person: to absorb it, all its contacts must be known.
@given(st.lists(st.tuples(st.tuples(emails, phones).filter(any), st.integers(1, 60)), max_size=9))
def test_the_oldest_contacts_are_enough_for_the_same_answers(requests):
    assert replayed(requests, known=KNOWN) == replayed(requests, known=99)


def test_to_absorb_a_large_person_all_its_contacts_must_be_known():
    older = Person.of([make_contact(0, email="older@x.example")])
    replay = Replay([older, large.first(KNOWN)])

    with pytest.raises(NotWhole):
        replay.identify(details_of("older@x.example", "1"), new_ids=count(100), at=NOON)


def test_whether_a_carried_value_is_new_to_a_large_person_needs_all_its_contacts():
    policy = policy_from({"kinds": {"instagram": {"links": False}}})
    details = contact_details("large1@x.example", None, {"instagram": ["ann"]}, policy=policy)
    replay = Replay([large.first(KNOWN)])

    with pytest.raises(NotWhole):
        replay.identify(details, new_ids=count(100), at=NOON)
