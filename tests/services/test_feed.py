"""The change feed: numbers without gaps, in an order by which nothing is missed."""

from concurrent.futures import ThreadPoolExecutor

import pytest
from django.db import connection, connections

from reunite.core.errors import EventsPruned, FeedRestarted, NumberAhead
from reunite.core.scope import Scope
from reunite.models import Contact, Event, Numbered, Unnumbered, Workspace
from reunite.services.feed import numbers
from reunite.services.feed.read import read_events
from reunite.services.feed.restart import restart_feeds
from reunite.services.feed.snapshot import read_snapshot
from reunite.services.identify.batch import identify_batch
from reunite.services.identify.identify import identify
from reunite.services.repair.delete import delete_contact
from reunite.services.repair.erase import erase
from reunite.store.database.locks import feed as feed_lock
from reunite.store.database.transactions import transaction
from reunite.store.persons.persons import PAGE_MAX_LENGTH
from tests.builders import NOON
from tests.scopes import SCOPE
from tests.services.test_health import make_read_only


def read(after=0, limit=100, scope=SCOPE):
    return read_events(scope, after=after, limit=limit)


def told(page):
    return [(each.number, each.happened.type, each.happened.person_id) for each in page.events]


def new(email, phone=None, scope=SCOPE):
    return identify(scope, email, phone).person.id


def make_events(count, payload=None):
    """Events that wait for their numbers."""
    made = Event.objects.bulk_create(
        Event(workspace_id=0, type="t", person_id=n, payload=payload or {}, created_at=NOON)
        for n in range(1, count + 1)
    )
    Unnumbered.objects.bulk_create(
        Unnumbered(position=each.position, workspace_id=0) for each in made
    )


def test_events_are_numbered_from_one_on_when_they_are_first_read():
    one, other = new("a@x.example", "1"), new("b@x.example", "2")
    new("a@x.example", "2")
    assert Unnumbered.objects.count() == 3

    page = read()

    assert told(page) == [
        (1, "contact.created", one),
        (2, "contact.created", other),
        (3, "person.merged", one),
    ]
    assert page.last == 3
    assert not Unnumbered.objects.exists()
    assert read() == page


def test_every_event_of_a_batch_waits_for_its_number_and_nothing_else_does():
    identify_batch(SCOPE, [("a@x.example", "1"), ("b@x.example", "2"), ("a@x.example", "2")])
    new("a@x.example", "2")
    waiting = Unnumbered.objects.values_list("position", flat=True)

    assert set(waiting) == set(Event.objects.values_list("position", flat=True))
    assert len(waiting) == 3


def test_a_page_ends_at_its_limit_and_the_next_one_goes_on():
    for n in range(5):
        new(f"{n}@x.example")

    assert [number for number, *_ in told(read(limit=2))] == [1, 2]
    assert [number for number, *_ in told(read(after=2, limit=2))] == [3, 4]
    assert [number for number, *_ in told(read(after=4, limit=2))] == [5]
    assert read(after=5).events == []


def test_a_page_of_long_payloads_has_one_event_at_least():
    make_events(3, {"ids": "1" * (PAGE_MAX_LENGTH // 2 + 1)})

    for after in (0, 1, 2):
        assert [number for number, *_ in told(read(after=after))] == [after + 1]


def test_each_workspace_has_numbers_of_its_own():
    other = Scope(Workspace.objects.create(name="other").pk)
    new("a@x.example")
    theirs = new("a@x.example", scope=other)
    new("b@x.example")

    assert [number for number, *_ in told(read())] == [1, 2]
    assert told(read(scope=other)) == [(1, "contact.created", theirs)]


def test_nobody_goes_on_from_a_number_that_was_not_given_or_is_pruned():
    with pytest.raises(NumberAhead):
        read(after=1)
    for n in range(3):
        new(f"{n}@x.example")
    assert read().last == 3
    Numbered.objects.filter(number__lt=3).delete()

    with pytest.raises(EventsPruned):
        read(after=1)
    assert [number for number, *_ in told(read(after=2))] == [3]


def test_who_knows_the_feed_from_before_a_restart_begins_anew():
    new("a@x.example")
    before = read().feed_id
    assert read_events(SCOPE, after=1, limit=1, feed_id=before).events == []
    assert read_snapshot(SCOPE, after=0, limit=1, feed_id=before).feed_id == before

    restart_feeds()

    for follow in (read_events, read_snapshot):
        with pytest.raises(FeedRestarted):
            follow(SCOPE, after=0, limit=1, feed_id=before)
    assert read(after=1).feed_id == read_snapshot(SCOPE, after=0, limit=1).feed_id != before


def test_a_reader_does_not_wait_while_another_gives_numbers():
    new("a@x.example")
    assert read().last == 1
    new("b@x.example")
    with transaction(wait_seconds=1) as locked:
        locked.lock(feed_lock())
        locked.run()
        page = in_another_thread(read)
        assert (len(page.events), page.last) == (1, 1)

    assert read(after=1).last == 2


def test_a_database_that_takes_no_writes_is_read_as_far_as_numbers_go():
    new("a@x.example")
    assert read().last == 1
    new("b@x.example")
    make_read_only()
    assert read().last == 1
    connection.close()

    assert read().last == 2


def in_another_thread(call):
    """The result of a call on a connection of its own."""

    def closing():
        try:
            return call()
        finally:
            connections.close_all()

    with ThreadPoolExecutor(1) as pool:
        return pool.submit(closing).result(timeout=60)


def test_many_events_get_their_numbers_some_at_a_time():
    make_events(numbers.MAX_NUMBERED + 2)

    assert read(limit=1).last == numbers.MAX_NUMBERED
    assert numbers.number_all(beyond=2) == 0
    assert numbers.number_all(beyond=1) == 2
    make_events(numbers.MAX_NUMBERED + 1)
    assert numbers.number_all() == numbers.MAX_NUMBERED + 1
    assert read(after=2 * numbers.MAX_NUMBERED + 2).events[0].happened.person_id == (
        numbers.MAX_NUMBERED + 1
    )


def members(page):
    return {each.contact_id: (each.person_id, each.given[0]) for each in page.members}


def test_a_snapshot_has_all_live_contacts_of_the_workspace_and_the_number_it_stands_at():
    person = new("a@x.example", "1")
    (_, second) = identify(SCOPE, "b@x.example", "1").person.contacts
    new("a@x.example", scope=Scope(Workspace.objects.create(name="other").pk))
    delete_contact(SCOPE, new("deleted@x.example"))
    erase(SCOPE, new("erased@x.example"))

    page = read_snapshot(SCOPE, after=0, limit=100)

    assert members(page) == {person: (person, "a@x.example"), second.id: (person, "b@x.example")}
    assert page.number == read().last == 6
    assert page.next is None


def test_a_snapshot_is_read_in_pages_that_look_at_so_many_contacts():
    other = Scope(Workspace.objects.create(name="other").pk)
    ours = [new("a@x.example"), new("b@x.example")]
    for n in range(3):
        new(f"{n}@x.example", scope=other)
    ours.append(new("c@x.example"))
    found, after, sizes = {}, Contact.objects.earliest("id").pk - 1, []

    while after is not None:
        page = read_snapshot(SCOPE, after=after, limit=2)
        found |= members(page)
        sizes.append(len(page.members))
        after = page.next

    assert list(found) == ours
    assert sizes == [2, 0, 1, 0]


def test_a_snapshot_of_nothing_stands_at_no_number():
    page = read_snapshot(SCOPE, after=0, limit=10)

    assert (page.number, page.members, page.next) == (0, [], None)
