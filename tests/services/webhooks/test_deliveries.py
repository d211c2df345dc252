"""Deliveries are made for every event, and made again on request."""

from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta

import pytest
from django.db import connections

from reunite.core.errors import EventsPruned, InvalidRequest, NumberAhead
from reunite.core.scope import Scope
from reunite.core.webhooks.attempts import DeliveryState
from reunite.models import Delivery, Event, Numbered, Unnumbered, Webhook
from reunite.services.access.workspaces import create_workspace
from reunite.services.feed.prune import prune_events
from reunite.services.feed.read import read_events
from reunite.services.webhooks import deliveries
from reunite.services.webhooks.deliveries import (
    MAX_MADE,
    MAX_REPLAYED,
    list_deliveries,
    list_told,
    make_deliveries,
    prune_deliveries,
    redeliver,
    replay,
)
from reunite.services.webhooks.webhooks import create_webhook, disable_webhook
from tests.builders import NOON
from tests.scopes import SCOPE
from tests.services.test_feed import make_events
from tests.services.webhooks.work import states, tell

URL = "https://shop.example/"
NOW = datetime.now(UTC)


def create(*types, scope=SCOPE):
    return create_webhook(scope, URL, types).shown.webhook.id


def end(**of):
    """Let deliveries have ended as dead ones."""
    Delivery.objects.filter(**of).update(
        state="dead", attempts=8, next_attempt_at=None, ended_at=NOON
    )


def test_without_a_webhook_nobody_gives_numbers():
    tell()
    assert make_deliveries() == 0
    assert Unnumbered.objects.count() == 1


def test_each_webhook_is_told_of_its_types():
    every, some, none = create(), create("contact.created"), create("person.erased")
    tell(2)

    assert make_deliveries() == 6
    assert make_deliveries() == 0

    assert [states(each).keys() for each in (every, some, none)] == [{1, 2}, {1, 2}, set()]
    assert set(Webhook.objects.values_list("number", flat=True)) == {2}


def test_a_delivery_holds_what_the_message_says():
    id = create()
    tell()
    make_deliveries()

    (found,) = list_deliveries(SCOPE, id, after=0, limit=10)
    (event,) = read_events(SCOPE, after=0, limit=10).events
    told = found.event
    assert (told.workspace_id, told.number, told.type) == (0, 1, "contact.created")
    assert (told.person_id, told.at) == (event.happened.person_id, event.happened.created_at)
    assert (found.state, found.attempts) == (DeliveryState.WAITING, 0)
    assert (found.attempted_at, found.status, found.failure) == (None, None, None)


def test_a_webhook_is_told_of_events_of_its_workspace_alone():
    other = Scope(create_workspace(SCOPE, "shop-de").workspace.id)
    one, two = create(), create(scope=other)
    tell(2)
    tell(1, scope=other)
    make_deliveries()
    assert (states(one).keys(), states(two).keys()) == ({1, 2}, {1})


def test_many_events_are_read_some_at_a_time():
    id = create()
    make_events(MAX_MADE + 1)
    assert make_deliveries() == MAX_MADE
    assert make_deliveries() == 1
    assert states(id).keys() == set(range(1, MAX_MADE + 2))


def test_while_many_deliveries_are_due_no_more_are_made(monkeypatch):
    monkeypatch.setattr(deliveries, "MAX_MADE", 2)
    id = create()
    tell(6)
    assert [make_deliveries() for _ in range(3)] == [2, 2, 0]
    end(number=1)
    assert make_deliveries() == 0
    end(number=2)
    assert [make_deliveries() for _ in range(2)] == [2, 0]
    assert states(id).keys() == set(range(1, 7))


def test_while_too_many_deliveries_wait_events_stay_in_the_feed(monkeypatch):
    monkeypatch.setattr(deliveries, "MAX_WAITING", 3)
    id = create()
    tell(5)
    assert [make_deliveries() for _ in range(2)] == [3, 0]
    end(number=1)
    assert [make_deliveries() for _ in range(2)] == [1, 0]
    assert states(id).keys() == {1, 2, 3, 4}


def test_a_webhook_that_is_deleted_or_disabled_meanwhile_is_told_of_nothing():
    gone, stopped = create(), create()
    tell()
    one, two = (Webhook.objects.get(pk=id) for id in (gone, stopped))
    disable_webhook(SCOPE, stopped)
    assert deliveries._make(_stored(two)) == 0
    Delivery.objects.all().delete()
    one.webhooksecret_set.all().delete()
    one.delete()
    assert deliveries._make(_stored(one, id=gone)) == 0
    assert not Delivery.objects.exists()


def _stored(row, id=None):
    """The webhook as a worker read it a moment ago."""
    from reunite.store.webhooks.webhooks import Webhook as Stored

    return Stored(id or row.pk, 0, URL, (), 0, NOW, None, None, None, None)


def test_a_worker_that_comes_too_late_makes_nothing():
    id = create()
    tell(2)
    seen = _stored(Webhook.objects.get(pk=id))
    assert make_deliveries() == 2
    assert deliveries._make(seen) == 0
    assert states(id).keys() == {1, 2}


def test_workers_that_make_deliveries_at_the_same_time_make_each_once():
    id = create()
    tell(30)

    def work(_):
        try:
            return make_deliveries()
        finally:
            connections.close_all()

    with ThreadPoolExecutor(4) as pool:
        made = sum(pool.map(work, range(4)))

    assert made == 30
    assert states(id) == dict.fromkeys(range(1, 31), ("waiting", 0))


def test_deliveries_are_listed_by_number_and_state():
    id = create()
    tell(4)
    make_deliveries()
    end(number__in=[2, 3])

    def listed(**of):
        found = list_deliveries(SCOPE, id, **{"after": 0, "limit": 10, **of})
        return [each.event.number for each in found]

    assert listed() == [1, 2, 3, 4]
    assert listed(after=2, limit=1) == [3]
    assert listed(state=DeliveryState.DEAD) == [2, 3]
    assert listed(state=DeliveryState.DEAD, after=2) == [3]
    assert listed(state=DeliveryState.DELIVERED) == []


def test_a_range_is_replayed_whatever_became_of_it():
    id = create("contact.created")
    tell(5)
    make_deliveries()
    end(number__in=[2, 3])
    Delivery.objects.filter(number=4).delete()

    assert replay(SCOPE, id, first=3, last=9) == 3

    assert states() == {
        **dict.fromkeys((1, 3, 4, 5), ("waiting", 0)),
        2: ("dead", 8),
    }


def test_a_replay_leaves_out_what_the_webhook_has_not_come_to():
    id = create()
    tell(2)
    make_deliveries()
    tell(2, start=2)
    read_events(SCOPE, after=0, limit=1)
    assert replay(SCOPE, id, first=2, last=4) == 1
    assert states(id).keys() == {1, 2}


@pytest.mark.parametrize(("first", "last"), [(3, 2), (1, MAX_REPLAYED + 1), (0, MAX_REPLAYED)])
def test_a_range_that_is_none_is_refused(first, last):
    with pytest.raises(InvalidRequest) as refused:
        replay(SCOPE, create(), first=first, last=last)
    assert refused.value.errors[0].code == "invalid_range"


def test_a_replay_needs_events_that_are_there():
    make_events(3)
    id = create()
    with pytest.raises(NumberAhead):
        replay(SCOPE, id, first=5, last=6)
    prune_events(before=NOON + timedelta(days=1))
    with pytest.raises(EventsPruned):
        replay(SCOPE, id, first=1, last=2)


def test_dead_deliveries_are_attempted_again_on_request():
    id, other = create(), create()
    tell(3)
    make_deliveries()
    end(number__in=[1, 2])

    assert redeliver(SCOPE, id) == 2

    assert states(id) == dict.fromkeys((1, 2, 3), ("waiting", 0))
    assert states(other)[1] == ("dead", 8)
    assert redeliver(SCOPE, id) == 0


def test_events_are_not_pruned_before_a_webhook_is_told_of_them():
    make_events(2)
    id = create()
    make_events(3)
    later = NOON + timedelta(days=1)

    assert prune_events(before=later) == 1  # The last one that may go stays.
    make_deliveries()
    assert prune_events(before=later) == 3
    assert states(id).keys() == {3, 4, 5}

    disable_webhook(SCOPE, id)
    make_events(3)
    assert prune_events(before=later) == 1  # The event of the disabling is young.
    assert Numbered.objects.count() == Event.objects.count() == 4


def test_deliveries_that_ended_long_ago_are_pruned(monkeypatch):
    monkeypatch.setattr(deliveries, "MAX_REPLAYED", 2)
    create()
    tell(6)
    make_deliveries()
    end(number__lte=5)
    Delivery.objects.filter(number=5).update(ended_at=NOW)

    assert prune_deliveries(before=NOW) == 4
    assert prune_deliveries(before=NOW) == 0

    assert states().keys() == {5, 6}


def test_webhooks_are_listed_with_the_latest_event_that_was_attempted():
    id = create()
    tell(3)
    make_deliveries()
    (told,) = list_told(SCOPE, limit=9)
    assert (told.webhook.id, told.host, told.last) == (id, "shop.example", None)
    Delivery.objects.filter(number__in=[1, 2]).update(attempted_at=NOON, status=204)
    (told,) = list_told(SCOPE, limit=9)
    assert told.last.event.number == 2
