import threading
import time
from datetime import UTC, datetime, timedelta

import pytest
from django.db import connection

from reunite.core.errors import LockTimeout
from reunite.core.identifiers.kinds import Identifier, Kind
from reunite.core.identify.plan import Known, Outcome, plan_identify
from reunite.core.policy.policy import SPEC
from reunite.core.scope import DEFAULT_WORKSPACE_ID, Scope
from reunite.models import Contact, Event
from reunite.services.identify import apply as plans
from reunite.services.identify.identify import identify
from reunite.store.database.dialects import Lock, Restart, Statement
from reunite.store.database.locks import identifier_lock, person_lock
from reunite.store.database.transactions import transaction
from reunite.store.tables.contacts import Observed
from tests.builders import details_of, make_contact, primary_of
from tests.scopes import SCOPE


def apply(details, known):
    plan = plan_identify(known)
    with transaction(wait_seconds=1) as current:
        return plans.apply(
            SCOPE, plan, details, Observed(known, 0), current, policy=SPEC, verified=frozenset()
        )


def test_a_plan_is_applied_to_whom_it_was_made_for():
    person = primary_of(make_contact("a@x.example", "1"))

    applied = apply(details_of("a@x.example", "2"), Known((person, None)))

    assert applied.person.primary == person
    assert applied.person.phone_numbers == ["1", "2"]


@pytest.mark.parametrize(
    ("email", "phone", "seen_emails"),
    [
        pytest.param("new@x.example", "9", {}, id="created, though known by now"),
        pytest.param("a@x.example", "9", {}, id="somebody new, though known by now"),
        pytest.param("c@x.example", "9", {"email": "c@x.example"}, id="linked, though absorbed"),
        pytest.param(
            "a@x.example", "3", {"email": "a@x.example", "phone": "c@x.example"}, id="merged twice"
        ),
    ],
)
def test_a_plan_for_somebody_else_means_to_begin_again(email, phone, seen_emails):
    survivor = make_contact("a@x.example", "1")
    stored = {
        "a@x.example": survivor,
        "c@x.example": make_contact("c@x.example", "3", primary=survivor),
    }
    make_contact("new@x.example", "7", primary=survivor)
    seen = Known(
        tuple(
            primary_of(stored[seen_emails[kind]]) if kind in seen_emails else None
            for kind in ("email", "phone")
        )
    )
    before = list(Contact.objects.values())

    with pytest.raises(Restart):
        apply(details_of(email, phone), seen)

    assert list(Contact.objects.values()) == before
    assert not Event.objects.exists()


def test_a_contact_is_never_older_than_the_primary_it_joins():
    to_come = datetime.now(UTC) + timedelta(days=1)
    person = primary_of(make_contact("a@x.example", "1", created_at=to_come))

    applied = apply(details_of("a@x.example", "2"), Known((person, None)))

    assert [c.created_at - to_come for c in applied.person.contacts] == [
        timedelta(0),
        timedelta(microseconds=1),
    ]


def test_identifiers_and_persons_never_share_a_lock():
    person = primary_of(make_contact("a@x.example"))
    email = Identifier(Kind.EMAIL, "1")
    keys = {
        identifier_lock(SCOPE, email),
        identifier_lock(Scope(1), email),
        identifier_lock(SCOPE, Identifier(Kind.PHONE, "1")),
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
            key = identifier_lock(SCOPE, Identifier(Kind.EMAIL, email))
            cursor.execute("BEGIN")
            cursor.execute("SELECT pg_advisory_xact_lock(%s)", [key])

    return hold


def test_a_lock_that_cannot_be_had_in_time_is_told_and_nothing_is_written(settings, held_elsewhere):
    settings.REUNITE = {"LOCK_TIMEOUT_SECONDS": 0.1}
    known = identify(SCOPE, "known@x.example", "1").person
    held_elsewhere("new@x.example")
    started = time.monotonic()

    with pytest.raises(LockTimeout):
        identify(SCOPE, "new@x.example", "2")

    assert 0.05 < time.monotonic() - started < 5
    assert Contact.objects.count() == 1
    assert identify(SCOPE, "known@x.example", "1").person == known


def test_who_waits_for_a_lock_decides_by_what_the_holder_wrote(held_elsewhere, other_connection):
    held_elsewhere("new@x.example")
    results = []

    def send():
        results.append(identify(SCOPE, "new@x.example", "2"))
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
            current.lock(Lock(1))
            current.run()
            waiting = threading.Thread(
                target=other.execute, args=["SELECT pg_advisory_xact_lock(1)"]
            )
            waiting.start()
            time.sleep(0.2)
            current.lock(Lock(2))
            current.run()
        waiting.join(timeout=10)
