"""A dump holds everything, and comes back under the same ids or not at all."""

import hashlib
import json
from dataclasses import replace
from datetime import UTC, datetime

import pytest
from django.apps import apps

from reunite import models
from reunite.core.access.callers import KeyScope
from reunite.core.errors import DatabaseNotEmpty, DumpUnreadable
from reunite.services.access.keys import create_key
from reunite.services.audit.check import check
from reunite.services.feed.read import read_events
from reunite.services.identify.identify import identify
from reunite.services.imports import progress
from reunite.services.persons.dumps import dump, load
from reunite.services.repair.delete import delete_contact
from reunite.services.repair.erase import erase
from reunite.services.repair.links import join
from reunite.services.repair.retire import retire
from reunite.services.repair.separate import separate
from reunite.services.repair.split import split
from reunite.services.webhooks.deliveries import make_deliveries
from reunite.services.webhooks.webhooks import create_webhook
from tests.builders import set_policy
from tests.imports.files import import_files
from tests.scopes import SCOPE
from tests.services.histories import empty_tables


def dumped():
    lines = []
    count = dump(lines.append)
    assert count == len(lines) - 2
    return lines


def clear():
    empty_tables()
    models.Import.objects.all().delete()
    models.Workspace.objects.exclude(pk=0).delete()


def person(email, phone=None):
    return identify(SCOPE, email, phone).person.id


@pytest.fixture
def something_of_everything(tmp_path):
    """Rows in all tables; the lines of their dump."""
    clear()
    path = tmp_path / "orders.csv"
    path.write_text("email,phone,external_id,source\na@x.example,1,o1,shop\nb@x.example,2,,\n")
    import_files(path)
    identify(SCOPE, "a@x.example", "2")
    identify(SCOPE, "Ü.☃'@x.example", "(2) 7")
    held = person("c@x.example", "3"), person("d@x.example", "4")
    separate(SCOPE, *held, reason='They said so: "no", \\ nor\nelse.')
    identify(SCOPE, "c@x.example", "4")
    apart = person("e@x.example", "5")
    contact = identify(SCOPE, "f@x.example", "5").person.contacts[-1].id
    split(SCOPE, apart, [contact])
    retire(SCOPE, "a@x.example", None, reason="of all")
    join(SCOPE, held[0], person("g@x.example"), reason="")
    create_webhook(SCOPE, "https://shop.example/")
    erase(SCOPE, person("gone@x.example", "9"))
    assert make_deliveries()
    assert read_events(SCOPE, after=0, limit=1).last
    delete_contact(SCOPE, person("deleted@x.example"))
    set_policy(
        blocked={"domains": ["x.invalid"]}, placeholders=True, kinds=[["customerNumber", {}]]
    )
    identify(SCOPE, "h@x.example", None, identifiers={"customerNumber": [" Ü 1", "2"]})
    progress.begin(SCOPE, "digest", "later.csv")
    models.Rekeyed.objects.create(contact_id=held[0], email_key="k@x.example", phone_key=None)
    models.Workspace.objects.create(name="other shop")
    create_key(SCOPE, "shop", [KeyScope.READ])
    lines = dumped()
    yield lines
    clear()


def test_what_was_dumped_comes_back_under_the_same_ids(something_of_everything):
    lines = something_of_everything
    for model in apps.get_app_config("reunite").get_models():
        assert any(line.startswith(b'["%b",' % model._meta.db_table.encode()) for line in lines)
    last = json.loads(lines[0])["lastIds"]
    clear()

    told = []
    assert load(lines, on_progress=told.append) == len(lines) - 2

    assert told[-1] == len(lines) - 2
    again = dumped()
    unended = [line for line in lines if b'"running"' in line]
    assert len(unended) == 1
    ended = [line for line in again if b"was not done when" in line]
    assert [line for line in again[1:-1] if line not in ended] == [
        line for line in lines[1:-1] if line not in unended
    ]
    assert list(check()) == []
    new = identify(SCOPE, "new@x.example", None)
    assert new.person.id > last["contact"]
    assert models.Event.objects.order_by("-position").first().position > last["event"]


def test_ids_go_on_after_rows_that_are_gone(something_of_everything):
    head = json.loads(something_of_everything[0])
    last = head["lastIds"]["contact"] + 5_000  # SQLite goes on after the ids of earlier tests.
    head["lastIds"] |= {"contact": last, "separation": 0}
    clear()
    load(lines_of([head, *map(json.loads, something_of_everything[1:-1])]))
    assert person("new@x.example") == last + 1
    assert dumps_last("separation") == head_row(something_of_everything, "separation")


def dumps_last(table):
    return json.loads(dumped()[0])["lastIds"][table]


def head_row(lines, table):
    return max(row[1] for row in map(json.loads, lines[1:-1]) if row[0] == table)


def test_a_new_database_is_dumped_and_loaded(something_of_everything):
    clear()
    lines = dumped()
    assert len(lines) == 3
    assert load(lines) == 1
    assert identify(SCOPE, "a@x.example", None).person.contacts


def test_many_rows_are_read_and_written_by_the_thousand(something_of_everything):
    clear()
    now = datetime.now(UTC)
    models.Event.objects.bulk_create(
        models.Event(workspace_id=0, type="t", person_id=n, payload={"n": [n]}, created_at=now)
        for n in range(4_100)
    )
    told = []
    lines = []
    assert dump(lines.append, on_progress=told.append) == 4_101
    assert told == [2_000, 4_000]
    models.Event.objects.all().delete()
    assert load(lines) == 4_101
    assert models.Event.objects.order_by("-person_id").first().payload == {"n": [4_099]}


def lines_of(documents):
    """A dump whose end fits."""
    lines = [json.dumps(each).encode() + b"\n" for each in documents]
    rows = {}
    for row in documents[1:]:
        rows[row[0]] = rows.get(row[0], 0) + 1
    digest = hashlib.sha256(b"".join(lines)).hexdigest()
    return [*lines, json.dumps({"rows": rows, "sha256": digest}).encode() + b"\n"]


def refused(lines):
    with pytest.raises(DumpUnreadable) as error:
        load(lines)
    assert models.Contact.objects.count() == 0
    assert models.Workspace.objects.count() == 1
    assert "nothing was" in str(error.value)
    return str(error.value)


def test_a_file_that_was_cut_or_changed_loads_nothing(something_of_everything):
    lines = something_of_everything
    clear()
    assert "was cut" in refused([])
    for place in (1, len(lines) // 2, len(lines) - 1):
        assert "was cut" in refused(lines[:place])
        assert "was cut" in refused([*lines[:place], lines[place][:-1]])
        assert "no JSON" in refused([*lines[:place], b"{\n"])
    assert "another end" in refused([*lines[:4], *lines[5:]])
    assert "another end" in refused([*lines, b"more\n"])
    changed = [line.replace(b"o1", b"o2") for line in lines]
    assert changed != lines
    assert "another end" in refused(changed)
    assert "no dump of Reunite" in refused([b"email,phone\n"[:0] + b"[]\n"])
    assert "no dump of Reunite" in refused([b'{"reunite": "backup"}\n'])


def test_a_dump_of_other_tables_loads_nothing(something_of_everything):
    head, *rows = map(json.loads, something_of_everything[:-1])
    clear()
    for change in ({"form": 2}, {"tables": {}}, {"tables": head["tables"] | {"more": []}}):
        told = refused(lines_of([head | change, *rows]))
        assert "tables of another version: load it with Reunite " in told
    for last_ids in (None, {"no": 1}, {"contact": "1"}, {"contact": True}):
        assert "last" in refused(lines_of([head | {"lastIds": last_ids}, *rows]))


COUNTED = ["reasons", "last_retired"]
WEBHOOKS = "webhook", "webhook_secret", "delivery"
KINDS = {"contact": ["others"], "rekeyed": ["others"], "withheld": ["value"]}


def without_kinds(lines):
    """The head and the rows of a dump from before kinds were declared."""
    head, *rows = map(json.loads, lines[:-1])
    declared = {("contact", row[2]) for row in rows if row[0] == "identifier"}
    rows = [row for row in rows if row[0] != "identifier" and (row[0], row[1]) not in declared]
    del head["tables"]["identifier"], head["lastIds"]["identifier"]
    return without_those(head, rows, KINDS)


def without_tables(lines, tables):
    """The head and the rows of a dump from before tables, dry runs and kinds were added."""
    head, *rows = without_column(lines, "import", "is_dry")
    for table in tables:
        del head["tables"][table]
        head["lastIds"].pop(table, None)
    return [head, *(row for row in rows if row[0] in head["tables"])]


def without_column(lines, table, column):
    """The head and the rows of a dump from before a column, and kinds, were added."""
    head, *rows = without_kinds(lines)
    return without_those(head, rows, {table: [column]})


def test_a_dump_from_before_dry_runs_is_loaded(something_of_everything):
    clear()
    load(lines_of(without_column(something_of_everything, "import", "is_dry")))
    assert set(models.Import.objects.values_list("is_dry", flat=True)) == {False}


def without_columns(lines, columns_of, tables=WEBHOOKS):
    """The head and the rows of a dump from before columns, and tables before, were added."""
    head, *rows = without_tables(lines, tables)
    return without_those(head, rows, columns_of)


def without_those(head, rows, columns_of):
    for table, columns in columns_of.items():
        gone = sorted((head["tables"][table].index(each) for each in columns), reverse=True)
        for row in rows:
            for place in gone if row[0] == table else ():
                del row[place + 1]
        for place in gone:
            del head["tables"][table][place]
    return [head, *rows]


def test_a_dump_from_before_webhooks_is_loaded(something_of_everything):
    clear()
    load(lines_of(without_tables(something_of_everything, WEBHOOKS)))
    assert models.Import.objects.exclude(reasons="{}").exists()
    assert not models.Webhook.objects.exists()


def test_a_dump_from_before_kinds_were_declared_is_loaded(something_of_everything):
    clear()
    load(lines_of(without_kinds(something_of_everything)))
    assert set(models.Withheld.objects.values_list("value", flat=True)) == {""}
    assert not models.Identifier.objects.exists()


def test_a_dump_from_before_imports_counted_reasons_is_loaded(something_of_everything):
    clear()
    load(lines_of(without_columns(something_of_everything, {"import": COUNTED})))
    assert set(models.Import.objects.values_list("reasons", flat=True)) == {"{}"}


def without_feed(lines, columns_of=()):
    tables = (*WEBHOOKS, "numbered", "unnumbered")
    return without_columns(lines, {"import": COUNTED, **dict(columns_of)}, tables)


def test_numbers_go_on_after_a_load_in_a_feed_with_another_id(something_of_everything):
    before = read_events(SCOPE, after=0, limit=1_000)
    lines = dumped()
    clear()
    load(lines)
    loaded = read_events(SCOPE, after=0, limit=1_000)
    assert replace(loaded, feed_id=before.feed_id) == before
    assert loaded.feed_id != before.feed_id
    new = person("new@x.example")
    (event,) = read_events(SCOPE, after=before.last, limit=1_000).events
    assert (event.number, event.happened.person_id) == (before.last + 1, new)


def test_events_of_a_dump_from_before_the_feed_get_numbers(something_of_everything):
    clear()
    load(lines_of(without_feed(something_of_everything)))
    positions = models.Event.objects.order_by("position").values_list("position", flat=True)
    page = read_events(SCOPE, after=0, limit=1_000)
    assert [each.happened.position for each in page.events] == list(positions)


def test_a_dump_from_before_links_kept_values_is_loaded(something_of_everything):
    added = {"link": ["left_value", "right_value"], "retired": ["value"]}
    clear()

    load(lines_of(without_feed(something_of_everything, added)))

    assert set(models.Retired.objects.values_list("key", "value")) == {("a@x.example", None)}
    assert models.Link.objects.exists()
    assert list(check()) == []


def test_rows_that_the_database_refuses_load_nothing(something_of_everything):
    head, *rows = map(json.loads, something_of_everything[:-1])
    place = next(n for n, row in enumerate(rows) if row[0] == "contact")
    columns = ["table", *head["tables"]["contact"]]
    clear()
    changes = {
        "id": rows[place + 1][1],  # Twice.
        "linked_id": 10**9,  # Nowhere.
        "email": 7,
        "workspace_id": True,
        "created_at": "yesterday",
        "updated_at": 7,
    }
    for column, value in changes.items():
        row = list(rows[place])
        row[columns.index(column)] = value
        told = refused(lines_of([head, *rows[:place], row, *rows[place + 1 :]]))
        assert "a row that the database refuses" in told
    assert "refuses" in refused(lines_of([head, rows[0][:-1]]))
    for row in (["no table", 1], [], "text", 7):
        with pytest.raises(DumpUnreadable, match="no row of a table"):
            load([something_of_everything[0], json.dumps(row).encode() + b"\n"])


@pytest.mark.postgresql
def test_what_is_too_long_for_a_column_loads_nothing(something_of_everything):
    head, *rows = map(json.loads, something_of_everything[:-1])
    place = next(n for n, row in enumerate(rows) if row[0] == "contact")
    rows[place][head["tables"]["contact"].index("source") + 1] = "s" * 1_000
    clear()
    assert "refuses" in refused(lines_of([head, *rows]))


def test_a_database_that_holds_anything_is_left_as_it_is(something_of_everything):
    before = dumped()
    with pytest.raises(DatabaseNotEmpty):
        load(something_of_everything)
    assert dumped() == before
