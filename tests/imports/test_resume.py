"""An import that was interrupted goes on where it was, whatever holds by then."""

from dataclasses import replace

import pytest

from reunite import models
from reunite.bulk import job
from reunite.bulk.imports import Request, run
from reunite.core.errors import RulesChanged
from reunite.services.audit.check import check
from reunite.services.identify.identify import identify
from reunite.services.imports import progress
from reunite.services.imports.import_rows import import_rows
from reunite.services.repair.links import approve_link, list_links
from reunite.services.repair.separate import lift, list_separations, separate
from tests.builders import row_of, set_policy
from tests.emptying import empty_tables
from tests.imports.files import import_files, stored_contacts
from tests.scopes import SCOPE

# Pairs come again: where no guard watches, only the first of each is looked at.
ROWS = [(f"{number // 3}@x.example", f"55{number // 3:04}") for number in range(30)]
NEW = [(f"new{number}@x.example", None) for number in range(5)]


@pytest.fixture
def strangers():
    return [identify(SCOPE, f"{name}@y.example", f"7{name}00{name}").person.id for name in "12"]


@pytest.fixture
def file(tmp_path):
    def write(rows):
        path = tmp_path / "orders.csv"
        lines = [f"{email or ''},{phone or ''}" for email, phone in rows]
        path.write_text("\n".join(["email,phone", *lines, ""]))
        return path

    return write


def interrupted(monkeypatch, path, *, after_chunks, rows_each):
    """Import a file until it is interrupted."""
    chunks = []

    def broken(scope, rows, **how):
        if len(chunks) == after_chunks:
            raise KeyboardInterrupt
        chunks.append(rows)
        return import_rows(scope, rows, **how)

    with monkeypatch.context() as patch:
        patch.setattr(job, "CHUNK_ROWS", rows_each)
        patch.setattr(job, "import_rows", broken)
        with pytest.raises(KeyboardInterrupt):
            import_files(path)
    (found,) = models.Import.objects.all()
    return found


@pytest.mark.parametrize("after_chunks", [1, 3])
@pytest.mark.parametrize("are_lifted", [True, False])
def test_guards_that_come_or_go_meanwhile_skip_no_row(
    monkeypatch, strangers, file, after_chunks, are_lifted
):
    path = file(ROWS + NEW)
    if are_lifted:
        separate(SCOPE, *strangers)
    stopped = interrupted(monkeypatch, path, after_chunks=after_chunks, rows_each=2)
    if are_lifted:
        for separation in list_separations(SCOPE, after=0, limit=9):
            lift(SCOPE, separation.id)
    else:
        separate(SCOPE, *strangers)

    report = import_files(path)

    assert report.import_id == stopped.id
    given = {email for _, email, *_ in stored_contacts()}
    assert given >= {email for email, _ in ROWS + NEW}
    assert (report.contacts, report.new_persons) == (15, 15)
    assert progress.show(SCOPE, stopped.id).position == 35
    assert list(check()) == []


def test_a_held_merge_that_is_approved_meanwhile_skips_no_row(monkeypatch, strangers, file):
    path = file([("1@y.example", "72002"), *NEW])
    separate(SCOPE, *strangers)
    stopped = interrupted(monkeypatch, path, after_chunks=1, rows_each=2)
    assert stopped.held == 1
    (separation,) = list_separations(SCOPE, after=0, limit=9)
    lift(SCOPE, separation.id)
    (link,) = list_links(SCOPE, state="held", after=0, limit=9)
    approve_link(SCOPE, link.id)

    report = import_files(path)

    assert (report.merges, report.held, report.contacts) == (0, 1, 5)
    assert list(check()) == []


def test_the_summary_tells_of_all_runs_of_an_import(monkeypatch, strangers, file):
    path = file([*NEW, ("1@y.example", "72002"), ("1@y.example", "73003")])
    interrupted(monkeypatch, path, after_chunks=2, rows_each=3)

    report = import_files(path)

    assert (report.contacts, report.new_persons, report.merges) == (6, 5, 1)
    assert import_files(path).contacts == 0


@pytest.mark.parametrize("limits", [{}, {"contactsPerPhone": 3}])
@pytest.mark.parametrize("after_chunks", [0, 2, 5])
def test_a_dry_run_of_an_interrupted_import_tells_what_it_does_then(
    monkeypatch, file, limits, after_chunks
):
    set_policy(limits=limits)
    identify(SCOPE, "first@y.example", "1")
    path = file([*WITH_HUB, *ROWS])
    interrupted(monkeypatch, path, after_chunks=after_chunks, rows_each=2)
    said = []

    foretold = run(SCOPE, Request([str(path)], workers=1, dry_run=True), say=said.append)

    before = progress.list_imports(SCOPE, after=0, limit=9)
    assert [each.state for each in before] == ["running"]
    done = import_files(path)
    assert foretold == replace(done, import_id=None)
    told = [
        words for words in said if words.startswith("an interrupted import of the same goes on")
    ]
    assert len(told) == (after_chunks > 0)
    assert import_files(path, dry_run=True).contacts == 0


def test_a_dry_run_of_a_first_load_that_was_interrupted_tells_what_it_does_then(monkeypatch, file):
    set_policy(limits={"contactsPerPhone": 3})
    path = file(WITH_HUB)
    interrupted(monkeypatch, path, after_chunks=0, rows_each=2)
    assert models.Contact.objects.exists()

    foretold = import_files(path, dry_run=True)

    assert foretold == replace(import_files(path), import_id=None)


def test_an_import_that_failed_goes_on_when_the_same_files_are_imported_again(
    monkeypatch, strangers, file
):
    path = file(NEW)
    stopped = interrupted(monkeypatch, path, after_chunks=1, rows_each=2)
    progress.fail(stopped.id, "No room was left.")

    report = import_files(path)

    assert report.import_id == stopped.id
    found = progress.show(SCOPE, stopped.id)
    assert (found.state, found.reason, found.contacts) == ("done", "", 5)
    assert import_files(path).import_id != stopped.id


# Three contacts make the phone a hub: what comes later with this number alone cannot be used.
HUB = "415 555 0199"
WITH_HUB = [
    ("none", "0000000"),
    (None, HUB),
    *[(f"h{number}@x.example", HUB) for number in range(4)],
    *NEW,
    (None, HUB),
    ("nobody", HUB),
    ("last@x.example", HUB),
]


def what_is_stored():
    links = models.Link.objects.order_by("id").values_list("left_key", "right_key", "state")
    return stored_contacts(), list(links), list(models.Retired.objects.values_list("kind", "key"))


@pytest.mark.parametrize("after_chunks", [2, 4, 6])
def test_what_its_own_rows_retire_changes_no_count_of_an_import_that_goes_on(
    monkeypatch, tmp_path, file, after_chunks
):
    set_policy(limits={"contactsPerPhone": 3})
    path, refused = file(WITH_HUB), tmp_path / "refused.csv"
    identify(SCOPE, "first@y.example", "1")
    with monkeypatch.context() as patch:
        patch.setattr(job, "CHUNK_ROWS", 2)
        expected = import_files(path, refused=refused)
    listed, stored = refused.read_text(), [row[:5] for row in what_is_stored()[0]]
    others = what_is_stored()[1:]
    assert others[1]
    empty_tables()
    set_policy(limits={"contactsPerPhone": 3})
    identify(SCOPE, "first@y.example", "1")
    interrupted(monkeypatch, path, after_chunks=after_chunks, rows_each=2)

    report = import_files(path, refused=refused)

    assert refused.read_text() == listed
    assert [row[:5] for row in what_is_stored()[0]] == stored
    assert what_is_stored()[1:] == others
    for each in ("rows", "refused", "left_out", "contacts", "merges", "held"):
        assert getattr(report, each) == getattr(expected, each), each
    assert list(check()) == []


def test_an_import_that_goes_on_after_guards_were_dropped_begins_anew(monkeypatch, file):
    set_policy(limits={"contactsPerPhone": 3})
    identify(SCOPE, "first@y.example", "1")
    found = interrupted(monkeypatch, file(WITH_HUB), after_chunks=4, rows_each=2)
    rules = progress.rules_in_force(SCOPE)
    found = progress.show(SCOPE, found.id)
    begun = progress.as_begun(SCOPE, rules, found)
    assert begun.are_as_begun
    assert len(rules.retired) == len(begun.retired) + 1
    assert progress.as_begun(SCOPE, rules, replace(found, revision=1)) is rules
    set_policy()
    with pytest.raises(RulesChanged):
        import_rows(SCOPE, [row_of("a@x.example")], rules=begun)
    import_files(file(WITH_HUB))
    assert list(check()) == []


def test_a_first_load_that_was_stopped_behind_its_transaction_tells_what_a_first_load_does(file):
    path = file([*ROWS, *NEW])
    first = import_files(path)
    # As a process leaves it that ends before it can say that the import is done.
    models.Import.objects.update(state="running")

    again = import_files(path)

    assert (again.import_id, again.is_first) == (first.import_id, True)
    assert (again.contacts, again.new_persons, again.merges) == (
        first.contacts, first.new_persons, first.merges,
    )  # fmt: skip
    assert not import_files(path).is_first
