"""Deliveries are attempted until each has succeeded or is dead, and no webhook harms another."""

import threading
import time
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from django.test import override_settings

from reunite.core.errors import LockTimeout
from reunite.core.webhooks.attempts import GIVEN_UP_AFTER, LEASE, MAX_ATTEMPTS
from reunite.core.webhooks.places import Receiver
from reunite.models import Delivery, Event, Workspace
from reunite.services.webhooks import send
from reunite.services.webhooks.send import sender
from reunite.services.webhooks.webhooks import (
    MAX_WEBHOOKS,
    create_webhook,
    delete_webhook,
    disable_webhook,
    enable_webhook,
    rotate_secret,
)
from tests.receiver import receiver
from tests.scopes import SCOPE
from tests.services.webhooks.work import (
    let_all_be_due,
    row,
    send_all,
    states,
    tell,
)

DAY = timedelta(days=1)


def create(url, *types, scope=SCOPE):
    created = create_webhook(scope, url, types)
    return created.shown.webhook.id, created.text


def test_each_event_is_delivered_once_with_its_signature():
    with receiver() as received:
        id, secret = create(received.url)
        tell(9)
        send_all()
        send_all()
    assert sorted(received.numbers()) == list(range(1, 10))
    assert states(id) == dict.fromkeys(range(1, 10), ("delivered", 1))
    for each in received.messages:
        each.verified(secret)
    delivered = Delivery.objects.filter(status=204, failure=None, next_attempt_at=None)
    assert delivered.count() == 9
    assert all(each.attempted_at <= each.ended_at for each in delivered)


KEYS = "a" * 32, "b" * 32


def with_keys(*keys):
    first, *before = keys or [""]
    return override_settings(
        REUNITE={
            "WEBHOOK_KEY": first,
            "WEBHOOK_KEYS_BEFORE": before,
            "WEBHOOK_NETWORKS": ["127.0.0.0/8"],
        }
    )


def test_a_key_may_be_replaced_while_the_one_before_is_known():
    with receiver() as received:
        with with_keys(KEYS[0]):
            _, first = create(f"{received.url}first")
        with with_keys(KEYS[1], KEYS[0]):
            _, second = create(f"{received.url}second")
            tell()
            send_all()
    by_path = {each.path: each for each in received.messages}
    by_path["/first"].verified(first)
    by_path["/second"].verified(second)


def test_nothing_is_sent_without_the_key_and_all_when_it_is_back():
    with receiver() as received:
        with with_keys(KEYS[0]):
            id, secret = create(received.url)
        tell()
        with with_keys(KEYS[1]):
            send_all()
        assert received.messages == []
        assert states(id) == {1: ("waiting", 1)}
        assert Delivery.objects.get().failure == "not_signed"
        let_all_be_due()
        with with_keys(KEYS[1], KEYS[0]):
            send_all()
        (message,) = received.messages
    message.verified(secret)
    assert states(id) == {1: ("delivered", 2)}


def test_messages_are_signed_with_both_secrets_during_a_rotation():
    with receiver() as received:
        id, old = create(received.url)
        new = rotate_secret(SCOPE, id, overlap=DAY).text
        tell()
        send_all()
    (message,) = received.messages
    message.verified(old)
    message.verified(new)


def test_a_delivery_that_fails_is_attempted_again_with_the_same_id_and_is_dead_at_last():
    with receiver(lambda _: 500) as received:
        id, _ = create(received.url)
        tell()
        for attempts in range(1, MAX_ATTEMPTS + 1):
            send_all()
            send_all()  # The next attempt is not due yet.
            dead = attempts == MAX_ATTEMPTS
            assert states(id) == {1: ("dead" if dead else "waiting", attempts)}
            let_all_be_due()
        send_all()
    assert len(received.messages) == MAX_ATTEMPTS
    assert len({each.id for each in received.messages}) == 1
    found = Delivery.objects.get()
    assert (found.status, found.failure) == (500, None)
    assert found.ended_at is not None
    assert row(id).failing_since is not None


def test_a_success_ends_the_days_of_failure():
    answers = iter([500, 204])
    with receiver(lambda _: next(answers)) as received:
        id, _ = create(received.url)
        tell()
        send_all()
        assert row(id).failing_since is not None
        let_all_be_due()
        send_all()
    assert row(id).failing_since is None
    assert states(id) == {1: ("delivered", 2)}


def test_a_webhook_that_failed_for_days_is_disabled_and_the_feed_says_so():
    with receiver(lambda message: 204 if message.path == "/well" else 500) as received:
        id, _ = create(received.url)
        well, _ = create(received.url + "well", "webhook.disabled")
        tell()
        for _ in range(4):
            send_all()
            let_all_be_due()
        type(row(id)).objects.filter(pk=id).update(failing_since=datetime.now(UTC) - GIVEN_UP_AFTER)
        send_all()
        send_all()
    assert row(id).disabled_for == "failures"
    (event,) = Event.objects.filter(type="webhook.disabled")
    assert event.payload == {"webhookId": id, "reason": "failures"}
    assert received.numbers("/well") == [2]
    assert states(id) == {1: ("waiting", 5)}
    assert states(well) == {2: ("delivered", 1)}


def test_what_waited_is_delivered_when_the_webhook_is_enabled():
    answers = iter([410, 204, 204, 204])
    with receiver(lambda _: next(answers)) as received:
        id, _ = create(received.url)
        tell()
        send_all()
        assert row(id).disabled_for == "gone"
        tell(1, start=1)
        let_all_be_due()
        send_all()
        assert len(received.messages) == 1
        enable_webhook(SCOPE, id)
        send_all()
    assert sorted(received.numbers()) == [1, 1, 2, 3]
    assert {state for state, _ in states(id).values()} == {"delivered"}


def test_a_webhook_that_is_slow_or_down_delays_no_other():
    released = threading.Event()

    def answer(message):
        if message.path != "/well":
            released.wait(60)
        return 204

    with receiver(answer) as received, sender() as started:
        slow = [create(f"{received.url}slow{n}")[0] for n in range(3)]
        well, _ = create(received.url + "well")
        tell(30)
        deadline = time.monotonic() + 60
        while len(received.numbers("/well")) < 30:
            assert time.monotonic() < deadline
            started.step()
            started.wait(0.05)
        # Of each slow one the first is under way, and no more.
        assert {len(received.numbers(f"/slow{n}")) for n in range(3)} == {1}
        released.set()
        started.finish()
    for id in (*slow, well):
        assert states(id) == dict.fromkeys(range(1, 31), ("delivered", 1))


def test_a_webhook_that_was_slow_gets_one_place_until_it_is_quick(monkeypatch):
    monkeypatch.setattr(send, "SLOW_SECONDS", 0.0)
    under_way, most = [], []
    counting = threading.Lock()

    def answer(_):
        with counting:
            under_way.append(1)
            most.append(len(under_way))
        time.sleep(0.01)
        with counting:
            under_way.pop()
        return 204

    with receiver(answer) as received, sender() as started:
        id, _ = create(received.url)
        tell(1)
        started.finish()
        tell(6, start=1)
        started.finish()
        assert max(most) == 1
        monkeypatch.setattr(send, "SLOW_SECONDS", 60.0)
        tell(1, start=7)
        started.finish()
        assert started._quick == {Receiver(SCOPE.workspace_id, id)}


def test_many_receivers_that_never_answer_do_not_delay_the_webhook_of_another_workspace():
    released = threading.Event()

    def answer(message):
        if message.path != "/well":
            released.wait(60)
        return 204

    other = replace(SCOPE, workspace_id=Workspace.objects.create(name="other").id)
    with receiver(answer) as received, sender() as started:
        for number in range(MAX_WEBHOOKS):
            create(f"{received.url}silent{number}")
        tell(3)
        started.step()
        create(received.url + "well", scope=other)
        tell(3, scope=other)
        deadline = time.monotonic() + 60
        while len(received.numbers("/well")) < 3:
            assert time.monotonic() < deadline
            started.step()
            started.wait(0.05)
        assert not released.is_set()
        released.set()
        started.finish()


def test_a_delivery_that_a_worker_took_is_due_again_when_the_lease_is_over():
    with receiver(lambda _: None) as received, sender() as lost:
        id, _ = create(received.url)
        tell()
        lost.step()
        lost.wait(60)
        leased = Delivery.objects.get().next_attempt_at
        assert timedelta(0) < leased - datetime.now(UTC) <= LEASE
        received.answer = lambda _: 204
        send_all()
        assert states(id) == {1: ("waiting", 0)}

        let_all_be_due()
        send_all()
        assert states(id) == {1: ("delivered", 1)}
        # The first worker comes back, and changes nothing.
        lost.finish()
        assert states(id) == {1: ("delivered", 1)}
        assert row(id).failing_since is None
    assert len(received.messages) == 2
    assert len({each.id for each in received.messages}) == 1


def test_what_could_not_be_noted_is_noted_later(monkeypatch):
    with receiver() as received, sender() as started:
        id, _ = create(received.url)
        tell()
        started.step()
        started.wait(60)
        with monkeypatch.context() as patch:

            def fail(*_):
                raise LockTimeout

            patch.setattr(send, "note_ended", fail)
            for _ in range(2):
                with pytest.raises(LockTimeout):
                    started.step()
            assert started.is_busy
        started.finish()
    assert states(id) == {1: ("delivered", 1)}
    assert len(received.messages) == 1


def test_a_webhook_that_is_deleted_or_disabled_while_its_receiver_is_asked():
    with receiver() as received, sender() as started:
        gone, _ = create(received.url)
        stopped, _ = create(received.url)
        tell()
        started.step()
        started.wait(60)
        received.wait_until(lambda: len(received.messages) == 2)
        delete_webhook(SCOPE, gone)
        disable_webhook(SCOPE, stopped)
        started.finish()
    assert states() == {1: ("delivered", 1)}
    assert row(stopped).disabled_for == "operator"


def test_a_receiver_that_is_gone_disables_once():
    with receiver(lambda _: 410) as received:
        id, _ = create(received.url)
        tell(3)
        send_all()
        send_all()
    assert row(id).disabled_for == "gone"
    assert Event.objects.filter(type="webhook.disabled").count() == 1


def test_waiting_for_nothing_returns_at_once():
    with sender() as started:
        assert not started.step()
        assert not started.is_busy
        started.wait(60)
