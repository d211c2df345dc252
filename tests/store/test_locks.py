import threading
import time
from datetime import UTC, datetime

import pytest
from django.db import connection

from reunite.core.errors import LockTimeout
from reunite.core.identifiers import Identifier, Kind
from reunite.core.plan import Keep, Known, Outcome, plan_identify
from reunite.models import Contact
from reunite.services.identify import identify
from reunite.store import plans
from reunite.store.dialects import Lock, Restart, Statement
from reunite.store.locks import identifier_lock, lock_known, person_lock
from reunite.store.transactions import transaction
from reunite.store.workspaces import DEFAULT_WORKSPACE_ID
from tests.builders import details_of, make_contact, primary_of


def known_under_locks(details, seen):
    with transaction(wait_seconds=1) as current:
        return lock_known(current, details, seen, workspace_id=DEFAULT_WORKSPACE_ID)


def test_what_was_seen_is_what_is_known_when_nothing_moved():
    person = primary_of(make_contact("a@x.example", "1"))
    seen = Known(person, None)

    assert known_under_locks(details_of("a@x.example", "2"), seen) == seen


def test_a_person_absorbed_since_it_was_seen_leads_to_the_survivor():
    survivor = make_contact("a@x.example", "1")
    absorbed = make_contact("b@x.example", "2", primary=survivor)
    seen = Known(primary_of(absorbed), None)

    known = known_under_locks(details_of("b@x.example", "3"), seen)

    assert known == Known(primary_of(survivor), None)


def test_who_comes_second_with_the_same_news_finds_nothing_left_to_write():
    stored = make_contact("a@x.example", "1")
    details = details_of("a@x.example", "1")

    with transaction(wait_seconds=1) as current:
        known = lock_known(current, details, Known(None, None), workspace_id=DEFAULT_WORKSPACE_ID)
        plan = plan_identify(details, known)
        person = plans.apply(
            plan,
            details,
            current,
            workspace_id=DEFAULT_WORKSPACE_ID,
            request_id=None,
            now=datetime.now(UTC),
        )

    assert plan == Keep(primary_of(stored))
    assert person.id == stored.id


def test_persons_that_appeared_since_are_locked_youngest_first():
    older = make_contact("a@x.example", "1")
    younger = make_contact("b@x.example", "2")

    known = known_under_locks(details_of("a@x.example", "2"), Known(None, None))

    assert known == Known(primary_of(older), primary_of(younger))


def test_a_person_younger_than_one_that_is_locked_means_to_begin_again():
    older = make_contact("a@x.example", "1")
    make_contact("b@x.example", "2")
    seen = Known(primary_of(older), None)

    with pytest.raises(Restart):
        known_under_locks(details_of("a@x.example", "2"), seen)


def test_identifiers_and_persons_never_share_a_lock():
    person = primary_of(make_contact("a@x.example"))
    email = Identifier(Kind.EMAIL, "1")
    keys = {
        identifier_lock(email, workspace_id=0),
        identifier_lock(email, workspace_id=1),
        identifier_lock(Identifier(Kind.PHONE, "1"), workspace_id=0),
    }

    assert len(keys) == 3
    assert all(-(2**63) <= key < 0 for key in keys)
    assert person_lock(person) > 0


@pytest.fixture
def held_elsewhere(other_connection):
    """Another process holds what a write of a new person with this email needs."""

    def hold(email):
        with other_connection.cursor() as cursor:
            if connection.vendor == "sqlite":
                cursor.execute("BEGIN IMMEDIATE")
                return
            key = identifier_lock(Identifier(Kind.EMAIL, email), workspace_id=DEFAULT_WORKSPACE_ID)
            cursor.execute("BEGIN")
            cursor.execute("SELECT pg_advisory_xact_lock(%s)", [key])

    return hold


def test_a_lock_that_cannot_be_had_in_time_is_told_and_nothing_is_written(settings, held_elsewhere):
    settings.REUNITE = {"LOCK_TIMEOUT_SECONDS": 0.1}
    known = identify("known@x.example", "1").person
    held_elsewhere("new@x.example")
    started = time.monotonic()

    with pytest.raises(LockTimeout):
        identify("new@x.example", "2")

    assert 0.05 < time.monotonic() - started < 5
    assert Contact.objects.count() == 1
    assert identify("known@x.example", "1").person == known


def test_who_waits_for_a_lock_decides_by_what_the_holder_wrote(held_elsewhere, other_connection):
    held_elsewhere("new@x.example")
    results = []

    def send():
        results.append(identify("new@x.example", "2"))
        connection.close()

    waiter = threading.Thread(target=send)
    waiter.start()
    time.sleep(0.2)
    with other_connection.cursor() as cursor:
        cursor.execute(
            "INSERT INTO contact (workspace_id, email, email_key, link_precedence, created_at,"
            " updated_at) VALUES (%s, 'new@x.example', 'new@x.example', 'primary',"
            " '2023-04-01 12:00:00', '2023-04-01 12:00:00')",
            [DEFAULT_WORKSPACE_ID],
        )
        cursor.execute("COMMIT")
    waiter.join(timeout=10)

    (identified,) = results
    assert identified.outcome is Outcome.LINKED
    assert Contact.objects.filter(link_precedence="primary").count() == 1


@pytest.mark.postgresql  # SQLite has one writer at a time and no deadlocks.
def test_a_deadlock_means_to_begin_again(other_connection):
    with other_connection.cursor() as other:
        other.execute("BEGIN")
        other.execute("SELECT pg_advisory_xact_lock(2)")
        with pytest.raises(Restart), transaction(wait_seconds=5) as current:
            # Whoever looks first finds the deadlock and gives way.
            current.run(Statement("SET LOCAL deadlock_timeout = '50ms'"))
            current.lock([Lock(1)])
            waiting = threading.Thread(
                target=other.execute, args=["SELECT pg_advisory_xact_lock(1)"]
            )
            waiting.start()
            time.sleep(0.2)
            current.lock([Lock(2)])
        waiting.join(timeout=10)
