"""A clock that was set back does not make a newer person the survivor."""

from contextlib import contextmanager
from datetime import UTC, datetime, timedelta

import pytest
from django.db import connection
from django.db.models import F

from reunite import models
from reunite.core.identify.plan import Outcome
from reunite.services.audit.check import check
from reunite.services.identify.batch import identify_batch
from reunite.services.identify.identify import identify
from reunite.services.imports.progress import begin
from reunite.services.repair.delete import delete_contact
from reunite.services.repair.erase import erase
from reunite.services.repair.links import join, revoke_link
from reunite.services.repair.retire import restore, retire
from reunite.store.tables import clock
from tests.builders import make_contact
from tests.scopes import SCOPE

AHEAD = timedelta(hours=1)


@pytest.fixture(autouse=True)
def own_process():
    """No time of another test is remembered, and none of this one is for others."""
    forget()
    yield
    forget()


def forget():
    """Know no more than a process that was started just now."""
    clock._given.clear()
    clock._moved.clear()


@contextmanager
def clock_ahead():
    """The clock of the database is ahead; when the block ends it is set back."""
    connection.ensure_connection()
    if connection.vendor == "sqlite":

        def shifted(by=AHEAD):
            return str((datetime.now(UTC) + by).replace(tzinfo=None))

        connection.connection.create_function("clock_timestamp", 0, shifted)
        yield
        connection.connection.create_function("clock_timestamp", 0, lambda: shifted(timedelta(0)))
        return
    with connection.cursor() as cursor:
        cursor.execute(
            f"""CREATE SCHEMA ahead; SET search_path = ahead, pg_catalog, public;
            CREATE FUNCTION ahead.clock_timestamp() RETURNS timestamptz LANGUAGE sql VOLATILE
            AS $$ SELECT pg_catalog.clock_timestamp() + interval '{AHEAD}' $$"""
        )
        yield
        cursor.execute("DROP SCHEMA ahead CASCADE; RESET search_path")


def alone(email, phone_number=None):
    return identify(SCOPE, email, phone_number)


def in_a_batch(email, phone_number=None):
    (identified,) = identify_batch(SCOPE, [(email, phone_number)])
    return identified


def mark():
    return models.Workspace.objects.get(pk=0).clock_at


@pytest.mark.parametrize("first", [alone, in_a_batch])
@pytest.mark.parametrize("second", [alone, in_a_batch])
def test_the_person_that_was_created_first_survives(first, second):
    with clock_ahead():
        # Requests follow each other quickly, so not each of them moves the mark.
        for number in range(3):
            older = first(f"older.{number}@x.example").person
    newer = second("newer@x.example", "5550100").person
    assert newer.contacts[0].created_at >= older.contacts[0].created_at

    merged = identify(SCOPE, "older.2@x.example", "5550100")

    assert merged.outcome is Outcome.MERGED
    assert merged.person.id == older.id < newer.id
    assert list(check()) == []


@pytest.mark.parametrize("first", [alone, in_a_batch])
@pytest.mark.parametrize("second", [alone, in_a_batch])
def test_the_contact_of_another_process_is_not_older_either(first, second):
    with clock_ahead():
        older = first("older@x.example").person
    forget()

    newer = second("newer@x.example").person

    assert newer.contacts[0].created_at >= older.contacts[0].created_at


def test_a_process_that_gave_a_later_time_than_the_mark_moves_the_mark_to_it():
    with clock_ahead():
        for number in range(3):
            older = alone(f"older.{number}@x.example").person
    clock._moved.clear()
    alone("between@x.example")
    forget()

    assert alone("newer@x.example").person.contacts[0].created_at >= older.contacts[0].created_at


def test_rows_of_a_file_without_times_are_not_older_either():
    with clock_ahead():
        in_a_batch("older@x.example")
        before = mark()

    assert begin(SCOPE, "0" * 64, "orders.csv").created_at >= before


def test_a_time_to_come_that_a_file_gave_moves_no_other_contact_into_the_future():
    future = datetime.now(UTC) + timedelta(days=10_000)
    make_contact(email="future@x.example", created_at=future)

    joined = identify(SCOPE, "future@x.example", "5550100").person
    other = identify(SCOPE, "now@x.example", None).person

    assert joined.contacts[-1].created_at > future
    assert other.contacts[0].created_at < future
    assert mark() < future


SHARED = ("a@x.example", "5550100")


def merged(ask):
    ask(*SHARED)


def revoked(ask):
    ask(*SHARED)
    revoke_link(SCOPE, models.Link.objects.get().id)


def joined_by_hand(ask):
    join(SCOPE, *models.Contact.objects.order_by("id").values_list("id", flat=True)[::2])


def retired_and_restored(ask):
    retire(SCOPE, email="a@x.example")
    restore(SCOPE, email="a@x.example")


def deleted(ask):
    delete_contact(SCOPE, models.Contact.objects.earliest("id").id)


def erased(ask):
    erase(SCOPE, models.Contact.objects.earliest("id").id)


@pytest.mark.parametrize("ask", [alone, in_a_batch])
@pytest.mark.parametrize(
    "change", [merged, revoked, joined_by_hand, retired_and_restored, deleted, erased]
)
def test_no_contact_is_changed_before_it_is_created(change, ask):
    future = datetime.now(UTC) + timedelta(days=10_000)
    primary = make_contact(email="a@x.example", created_at=future)
    make_contact(email="a@x.example", phone="5550101", primary=primary, created_at=future)
    make_contact(phone="5550100", created_at=future)

    change(ask)

    assert models.Contact.objects.filter(updated_at__lt=F("created_at")).count() == 0
    assert models.Event.objects.count() > 0
