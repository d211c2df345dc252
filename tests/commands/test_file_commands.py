"""`reunite import`, `export` and `example` as a person runs them."""

import csv
import io
import json
import signal

import pytest
from django.core.management import CommandError, call_command

from reunite import models, processes
from reunite.bulk import progress as bulk_progress
from reunite.bulk.engine import engine
from reunite.management.commands import reunite_import
from reunite.services.audit.check import check
from reunite.services.identify.identify import identify
from reunite.services.persons.statistics import person_statistics
from tests.builders import make_contact, set_policy
from tests.scopes import SCOPE


@pytest.fixture
def run(tmp_path, monkeypatch, capsys):
    """Run a command; what it says on standard output."""
    monkeypatch.chdir(tmp_path)

    def run(command, *arguments):
        call_command(f"reunite_{command}", *map(str, arguments))
        return capsys.readouterr().out

    return run


def test_orders_are_made_up_imported_and_exported(run, tmp_path):
    assert run("example", "orders.csv", "--rows", 300) == "300 orders written to orders.csv\n"
    foretold = run("import", "orders.csv", "--dry-run").splitlines()
    told = run("import", "orders.csv", "--chart", "sizes.svg").splitlines()

    columns = "orders.csv: reads email as email, phone as phone, created_at as time"
    assert foretold[:2] == [columns, "300 rows (dry run: nothing is written)"]
    assert told[0] == columns
    assert [line.partition(", listed")[0] for line in told[2:7]] == foretold[2:7]
    contacts = models.Contact.objects.count()
    persons = models.Contact.objects.filter(linked=None).count()
    assert f"  {contacts:,} new contacts" in told
    assert f"{persons:,} persons, by contacts:" in told
    assert told[-1] == "persons by size drawn to sizes.svg"
    chart = (tmp_path / "sizes.svg").read_text()
    assert chart.startswith("<?xml")
    # Texts are drawn, and stand beside in comments.
    largest = next(line for line in told if line.startswith("largest: ")).split(",")[0]
    for text in (f"{persons:,} persons, by contacts", largest, "1", "10"):
        assert f"<!-- {text} -->" in chart
    assert "mathdefault" not in chart
    header, *refused = (tmp_path / "refused.csv").read_text().splitlines()
    assert header == "file,line,reason,column"
    assert {line.split(",", 2)[2] for line in refused} == {"invalid_email,email"}
    assert "  0 new contacts" in run("import", "orders.csv").splitlines()
    assert list(check()) == []


def test_every_table_is_exported_in_every_format(run, tmp_path):
    person = identify(SCOPE, "a@x.example", "1").person
    identify(SCOPE, "b@x.example", "1")
    gone = make_contact("gone@x.example")
    models.Contact.objects.filter(pk=gone.pk).update(deleted_at=gone.created_at)
    expected = {
        "contacts": [(person.id, "a@x.example"), (person.id, "b@x.example")],
        "persons": [(person.id, 2)],
        "identifiers": [
            ("email", "a@x.example", person.id),
            ("email", "b@x.example", person.id),
            ("phone", "1", person.id),
        ],
    }
    columns = {
        "contacts": "person_id, email",
        "persons": "person_id, contacts",
        "identifiers": "kind, key, person_id",
    }
    for table, rows in expected.items():
        for name in ("csv", "jsonl", "parquet"):
            path = tmp_path / f"{table}.{name}"
            assert run("export", table, path) == f"{len(rows)} {table} written to {path}\n"
            with engine(threads=1) as duck:
                assert duck.rows(f"SELECT {columns[table]} FROM '{path}'") == rows
    (first, _) = (tmp_path / "contacts.jsonl").read_text().splitlines()
    assert json.loads(first)["created_at"].endswith("Z")


def test_orders_with_customer_numbers_are_made_up_imported_and_exported(run, tmp_path):
    set_policy(kinds=[["customerNumber", {"perPerson": 1}], ["wa", {"normalize": "none"}]])
    run("example", "orders.csv", "--rows", 60, "--kinds")
    header, *orders = (tmp_path / "orders.csv").read_text().splitlines()
    assert header == "order_id,email,phone,created_at,customerNumber,whatsapp"

    said = run("import", "orders.csv", "--identifier", "wa=whatsapp").splitlines()

    read = "email as email, phone as phone, whatsapp as wa, customerNumber as customerNumber"
    assert said[0] == f"orders.csv: reads {read}, created_at as time"
    for name in ("contacts.csv", "contacts.jsonl", "contacts.parquet"):
        run("export", "contacts", name)
    lines = (tmp_path / "contacts.jsonl").read_text().splitlines()
    found = [json.loads(line)["identifiers"] for line in lines]
    numbers = {n for each in found if each for n in each.get("customerNumber", ())}
    assert numbers == {order.split(",")[4] for order in orders} - {""}
    assert {kind for each in found if each for kind in each} == {"customerNumber", "wa"}
    with (tmp_path / "contacts.csv").open(newline="") as file:
        rows = list(csv.DictReader(file))
    assert [row["identifiers"] and json.loads(row["identifiers"]) for row in rows] == [
        each or "" for each in found
    ]
    assert list(check()) == []


def test_a_kind_is_named_with_its_column(run):
    with pytest.raises(CommandError, match="names no kind and column: write them like"):
        run("import", "orders.csv", "--identifier", "customerNumber")


def test_an_export_replaces_a_file_only_when_it_is_told_to(run, tmp_path):
    identify(SCOPE, "a@x.example", "1")
    path = tmp_path / "contacts.csv"
    path.write_text("mine")
    with pytest.raises(CommandError, match="exists: name a new file, or say --force"):
        run("export", "contacts", path)
    assert path.read_text() == "mine"
    run("export", "contacts", path, "--force")
    assert "a@x.example" in path.read_text()
    run("export", "contacts", "/dev/null", "--format", "csv")


def test_refused_rows_replace_an_older_list_and_nothing_else(run, tmp_path):
    (tmp_path / "orders.csv").write_text("email\na@x.example\nb\n")
    mine = tmp_path / "mine.csv"
    mine.write_text("email\nc@x.example\n")
    with pytest.raises(CommandError, match=r"mine\.csv exists and is no list of refused rows"):
        run("import", "orders.csv", "--refused", mine)
    assert mine.read_text() == "email\nc@x.example\n"
    assert not models.Contact.objects.exists()
    for older in ("", "file,line,reason\n", "file,line,reason,column\n"):
        mine.write_text(older)
        run("import", "orders.csv", "--refused", mine)
        assert mine.read_text().splitlines()[1:] == ["orders.csv,3,invalid_email,email"]


def test_statistics_tell_sizes_hubs_and_suspicious_persons():
    for number in range(11):
        identify(SCOPE, f"{number}@x.example", "1")
    for number in range(26):
        identify(SCOPE, "many@x.example", f"2{number:02}")
    identify(SCOPE, "one@x.example", None)

    found = person_statistics(SCOPE)

    assert found.sizes == {1: 1, 11: 1, 26: 1}
    assert [size for _, size in found.largest] == [26, 11, 1]
    assert set(found.suspicious) == {id for id, _ in found.largest[:2]}
    assert found.suspicious_count == 2
    assert found.hubs == {"email": 1, "phone": 1}
    assert reunite_import._by_size({1: 5, 2: 1, 3: 2, 8: 1}) == [("1", 5), ("2-3", 3), ("8-15", 1)]


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (("import", "missing.csv"), "there is no file missing.csv"),
        (("import", "orders.csv", "--memory", "much"), "no amount of memory"),
        (("import", "orders.csv", "--refused", "no/where"), "no/where cannot be written"),
        (("import", "orders.csv", "--chart", "sizes.doc"), "doc"),
        (("export", "contacts", "contacts"), "say --format csv|jsonl|parquet"),
        (("export", "contacts", "no/where.csv"), "no/where.csv cannot be written"),
        (("example", "no/where.csv"), "no/where.csv cannot be written"),
        (("example", "orders.csv", "--rows", "0"), "at least 1"),
    ],
)
def test_mistakes_are_told_in_a_line(run, tmp_path, arguments, message):
    (tmp_path / "orders.csv").write_text("email\na@x.example\n")
    with pytest.raises(CommandError) as told:
        run(*arguments)
    assert message in str(told.value)
    assert "\n" not in str(told.value).strip()


def test_without_the_extra_it_is_told_what_to_install(run, monkeypatch):
    monkeypatch.setattr("reunite.extra.find_spec", lambda _: None)
    for arguments in (("import", "orders.csv"), ("export", "contacts", "contacts.parquet")):
        with pytest.raises(CommandError, match=r"`make serve` in a clone"):
            run(*arguments)


class Screen:
    def __init__(self):
        self.lines = []

    def isatty(self):
        return False

    def write(self, text):
        self.lines.append(text)


def test_elsewhere_than_on_a_terminal_progress_is_lines(monkeypatch):
    monkeypatch.setattr(bulk_progress, "_SECONDS_BETWEEN_LINES", 0)
    screen = Screen()
    with bulk_progress.progress(screen) as tell:
        tell("reading", 0, 0)
        tell("importing", 5_000, 20_000)
        tell("importing", 10_000, 20_000)
    assert screen.lines[:2] == ["reading", "importing"]
    assert screen.lines[2].startswith("importing: 10,000 of 20,000, ")


def test_on_a_terminal_progress_is_a_bar(monkeypatch, capsys):
    screen = Screen()
    monkeypatch.setattr(screen, "isatty", lambda: True)
    with bulk_progress.progress(screen) as tell:
        tell("reading", 0, 0)
        tell("importing", 5_000, 20_000)
    assert screen.lines == []


class _Stopping(io.StringIO):
    """An output that sends Ctrl-C to this process when it is told of refused rows."""

    def write(self, text):
        if "rows refused" in text:
            signal.raise_signal(signal.SIGINT)
        return super().write(text)


@pytest.mark.django_db(transaction=True)
def test_ctrl_c_during_the_summary_does_not_say_that_rows_are_missing(tmp_path, monkeypatch):
    monkeypatch.setattr(processes, "_told_to_end", False)
    monkeypatch.setattr(processes, "_exit_code", 0)
    path = tmp_path / "orders.csv"
    path.write_text("email\nann@hillvalley.edu\n")
    said = io.StringIO()
    with pytest.raises(SystemExit) as ended:
        call_command(
            "reunite_import",
            str(path),
            refused=str(tmp_path / "refused.csv"),
            stdout=_Stopping(),
            stderr=said,
        )
    assert ended.value.code == 128 + signal.SIGINT
    assert said.getvalue().endswith(
        "stopped: all rows are imported, only the summary is not complete\n"
    )
    assert models.Contact.objects.count() == 1
