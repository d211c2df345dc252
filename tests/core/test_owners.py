"""Knowing whom identifiers belong to is enough: the happenings are those of whole persons."""

from datetime import timedelta
from itertools import count

from hypothesis import given, settings
from hypothesis import strategies as st

from reunite.bulk.merge_times import last_written
from reunite.core.identify.happenings import Merged
from reunite.core.identify.owners import OwnersReplay
from reunite.core.identify.replay import Replay
from reunite.core.persons.person import Primary
from tests.builders import NOON, details_of

emails = st.sampled_from([None, *(f"{name}@x.example" for name in "abcdef")])
phones = st.sampled_from([None, "1", "2", "3", "4", "5", "6"])
# Times go forth and back, as in an old file that comes late.
requests = st.tuples(emails, phones, st.integers(0, 4)).filter(lambda r: r[0] or r[1])


def replayed(replay, requests, new_ids):
    return [
        replay.identify(
            details_of(email, phone), new_ids=new_ids, at=NOON + timedelta(minutes=minutes)
        )
        for email, phone, minutes in requests
    ]


@settings(deadline=None, max_examples=60)
@given(st.lists(requests, max_size=12), st.lists(requests, max_size=12))
def test_the_happenings_are_those_of_whole_persons(before, requests):
    earlier, ids = Replay([]), count(1)
    persons = {}
    for person in (each.person for each in replayed(earlier, before, ids)):
        persons = {k: p for k, p in persons.items() if not set(p.contacts) & set(person.contacts)}
        persons[person.id] = person
    first_new = next(ids)
    whole, known = Replay(persons.values()), OwnersReplay()
    known.learn({i: p.primary for p in persons.values() for c in p.contacts for i in c.identifiers})

    decisions = [each.decision for each in replayed(whole, requests, count(first_new))]
    found = replayed(known, requests, count(first_new))

    assert [(contact and contact.id, tuple(links)) for contact, links in found] == [
        (decision.created, decision.links) for decision in decisions
    ]
    stored = {id: [c.id for c in persons[id].contacts] for id in known.absorbed_before}
    assert [in_any_order(each) for each in known.happenings(stored)] == [
        in_any_order(each) for each in whole.happenings
    ]


def in_any_order(happening):
    """Who moved is a set."""
    if isinstance(happening, Merged):
        return happening.person, happening.absorbed, sorted(happening.contact_ids), happening.at
    return happening


def test_whoever_was_absorbed_by_one_who_was_absorbed_belongs_to_the_last():
    first, second, third = (Primary(NOON + timedelta(minutes=id), id) for id in (1, 2, 3))
    known = OwnersReplay()
    said = details_of("a@x.example", "1"), details_of("b@x.example", "2")
    asked = details_of("c@x.example", "3")
    for person, details in zip((first, second, third), (*said, asked), strict=True):
        known.learn(dict.fromkeys(details.identifiers, person))

    replayed(known, [("b@x.example", "3", 4), ("a@x.example", "2", 5)], count(4))

    for _ in range(2):  # The second time by a shorter way.
        assert known.current(asked.identifiers, {}) == dict.fromkeys(asked.identifiers, first)


def test_whoever_was_absorbed_moves_again_with_its_survivor():
    times = [NOON + timedelta(minutes=minutes) for minutes in range(4)]
    merges = [(times[0], 3, 4), (times[1], 4, 2), (times[2], 7, 8), (times[3], 1, 3)]

    absorbed, survived = last_written(merges)

    assert absorbed == {2: times[3], 3: times[3], 4: times[3], 8: times[2]}
    assert survived == {3: times[0], 2: times[1], 7: times[2], 1: times[3]}
