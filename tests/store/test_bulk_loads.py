"""Loads: rows in any order, ids of their own, and constraints that hold whatever is loaded."""

import random
import sqlite3
import tempfile
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from datetime import timedelta
from pathlib import Path

import pyarrow as pa
import pytest
from django.db import IntegrityError, connection, connections
from pgpq import ArrowToPostgresBinaryEncoder

from reunite.core.errors import LockTimeout
from reunite.core.scope import DEFAULT_WORKSPACE_ID
from reunite.models import Contact
from reunite.services.identify.identify import identify
from reunite.store.database.dialects import RowSource, Statement
from reunite.store.database.queries import outside
from reunite.store.database.transactions import transaction
from reunite.store.imports import loads
from reunite.store.imports.loads import CONTACT_COLUMNS
from tests.builders import NOON, keys_of, make_contact, primary_of
from tests.scopes import SCOPE

PERSONS = 150


def row(id, linked_id=None, *, workspace_id=DEFAULT_WORKSPACE_ID):
    email, phone = f"{id}@x.example", f"+1{id}"
    precedence = "secondary" if linked_id else "primary"
    times = (NOON + timedelta(seconds=id),) * 2
    return (id, workspace_id, email, phone, email, phone, linked_id, precedence, *times, None, None)


def source(rows, folder):
    def binary():
        types = [pa.string()] * len(CONTACT_COLUMNS)
        for place in (0, 1, 6):
            types[place] = pa.int64()
        for place in (8, 9):
            types[place] = pa.timestamp("us", "UTC")
        schema = pa.schema(zip(CONTACT_COLUMNS, types, strict=True))
        encoder = ArrowToPostgresBinaryEncoder(schema)
        yield encoder.write_header()
        columns = [pa.array(v, t) for v, t in zip(zip(*rows, strict=True), types, strict=True)]
        yield encoder.write_batch(pa.record_batch(columns, schema=schema))
        yield encoder.finish()

    def sqlite_files(table, create):
        half = len(rows) // 2
        for number, some in enumerate((rows[:half], rows[half:])):
            path = folder / f"rows-{number}.sqlite3"
            write(path, table, create, some)
            yield path

    def write(path, table, create, rows):
        with closing(sqlite3.connect(path, isolation_level=None)) as new:
            new.execute(create)
            new.executemany(
                f"""INSERT INTO {table} ({", ".join(CONTACT_COLUMNS)})
                    VALUES ({", ".join("?" for _ in CONTACT_COLUMNS)})""",
                [
                    (*r[:8], *(str(time.replace(tzinfo=None)) for time in r[8:10]), *r[10:])
                    for r in rows
                ],
            )

    return RowSource(CONTACT_COLUMNS, binary, sqlite_files)


def load(rows):
    with (
        tempfile.TemporaryDirectory() as folder,
        loads.loading(),
        transaction(wait_seconds=5) as locked,
    ):
        locked.run(Statement("SELECT 1"))
        loads.load({"contact": source(rows, Path(folder))})
        locked.commit()


def two_for_each_person():
    rows = [row(id, None if id <= PERSONS else id - PERSONS) for id in range(1, 2 * PERSONS + 1)]
    random.Random(7).shuffle(rows)
    return rows


def stored():
    return dict(Contact.objects.values_list("id", "linked_id"))


def test_rows_come_in_any_order():
    rows = two_for_each_person()
    load(rows)
    assert stored() == {each[0]: each[6] for each in rows}


def test_new_contacts_have_ids_after_those_that_were_loaded():
    with loads.loading(), transaction(wait_seconds=5) as locked:
        locked.run(Statement("SELECT 1"))
        first = loads.take_contact_ids(2)
        with tempfile.TemporaryDirectory() as folder:
            rows = [row(first + 1), row(first)]
            loads.load({"contact": source(rows, Path(folder))})
            locked.commit()
    assert identify(SCOPE, "new@x.example", None).person.id == first + 2


@pytest.mark.parametrize("beside", [False, True], ids=["empty", "beside others"])
@pytest.mark.parametrize(
    "wrong",
    [row(1000, 404), row(1000, workspace_id=404)],
    ids=["a primary that is not there", "a workspace that is not there"],
)
def test_what_points_nowhere_is_refused_with_all_the_rest(wrong, beside):
    if beside:
        make_contact("z@x.example", id=2000)
    before = stored()
    with pytest.raises(IntegrityError):
        load([*two_for_each_person(), wrong])
    assert stored() == before


@pytest.mark.parametrize("wrong", [row(1), (*row(1000)[:7], "neither", *row(1000)[8:])])
def test_what_breaks_another_constraint_is_refused(wrong):
    with pytest.raises(IntegrityError):
        load([*two_for_each_person(), wrong])
    assert stored() == {}


def test_a_load_leaves_the_connection_as_it_was():
    load(two_for_each_person())
    with pytest.raises(IntegrityError):
        make_contact("a@x.example", workspace_id=404)


def test_a_connection_that_is_lost_in_a_load_is_opened_as_any_other():
    with loads.loading():
        connection.close()
    with pytest.raises(IntegrityError):
        make_contact("a@x.example", workspace_id=404)


def taken(count):
    """Ids as a load takes them that then comes to nothing."""
    with loads.loading(), transaction(wait_seconds=5) as locked:
        locked.run(Statement("SELECT 1"))
        return loads.take_contact_ids(count)


def test_ids_go_on_from_the_last_contact_even_if_it_is_gone():
    gone = identify(SCOPE, "a@x.example", "1").person.id
    Contact.objects.all().delete()
    assert taken(1000) == gone + 1
    # Nothing came of those.
    again = identify(SCOPE, "a@x.example", "1").person.id
    assert again == gone + 1


@pytest.mark.postgresql
def test_ids_that_others_took_some_of_in_between_are_left():
    make_contact("a@x.example", "1")

    def take_one_by_one():
        try:
            ids = set()
            with connection.cursor() as cursor:
                for _ in range(2000):
                    cursor.execute("SELECT nextval('contact_id_seq')")
                    ids |= {cursor.fetchone()[0]}
            return ids
        finally:
            connections.close_all()

    with ThreadPoolExecutor(1) as pool:
        others = pool.submit(take_one_by_one)
        ours = []
        while not others.done():
            first = taken(1000)
            ours += range(first, first + 1000)
    assert len(set(ours)) == len(ours)
    assert not others.result() & set(ours)


def test_news_is_what_is_not_known_of_one_person_yet():
    ann = primary_of(make_contact("ann@x.example", "1"))
    ben = primary_of(make_contact("ben@x.example", "2"))
    said = [
        ("ann@x.example", "1"),
        ("ann@x.example", None),
        ("ann@x.example", "2"),
        (None, "2"),
        ("new@x.example", "1"),
        (None, "3"),
        ("new@x.example", "3"),
    ]

    news = outside.read(loads.changing_rows(SCOPE, [keys_of(*each) for each in said]))

    nobody = (None, None)
    assert list(news.items()) == [
        (2, (ann, ben)),
        (4, (None, ann)),
        (5, nobody),
        (6, nobody),
    ]
    assert outside.read(loads.changing_rows(SCOPE, [])) == {}


@pytest.mark.postgresql
def test_a_load_waits_for_a_table_no_longer_than_for_any_lock(settings, other_connection):
    # Time for two tries, after which others come in.
    settings.REUNITE = {"LOCK_TIMEOUT_SECONDS": 1.2}
    with other_connection.cursor() as cursor:
        cursor.execute("BEGIN")
        cursor.execute("SELECT count(*) FROM contact")
        with pytest.raises(LockTimeout), transaction(wait_seconds=1) as locked:
            locked.run()
            loads.take_contact_ids(1)
        cursor.execute("ROLLBACK")
    with transaction(wait_seconds=1) as locked:
        locked.run()
        assert loads.take_contact_ids(1) > 0
