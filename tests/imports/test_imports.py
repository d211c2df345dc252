"""Imports end to end: chunks, resuming, what is told."""

import pytest
from django.db import connection

from reunite import models
from reunite.bulk import job
from reunite.bulk.files import Unreadable
from reunite.bulk.imports import Request, run
from reunite.core.errors import ImportNotFound, LockTimeout
from reunite.services.audit.check import check
from reunite.services.identify.identify import identify
from reunite.services.imports import progress
from reunite.services.imports.first_load import first_load
from reunite.services.imports.import_rows import import_rows
from tests.builders import make_contact, row_of, set_policy
from tests.bulk.planning import write_csv
from tests.imports.files import import_files, stored_contacts
from tests.scopes import SCOPE

WITH_LIMIT = {"limits": {"phonesPerPerson": 2}}


def test_an_import_tells_what_came_of_it_and_leaves_one_event(orders):
    report = import_files(orders)

    assert (report.rows, report.contacts, report.new_persons, report.merges) == (5, 4, 3, 1)
    assert report.largest == (3, 1)
    stored = progress.show(SCOPE, report.import_id)
    assert (stored.state, stored.rows, stored.contacts, stored.merges) == ("done", 5, 4, 1)
    (event,) = models.Event.objects.all()
    assert (event.type, event.person_id) == ("import.loaded", 0)
    ids = list(models.Contact.objects.order_by("id").values_list("id", flat=True))
    assert event.payload == {
        "importId": report.import_id,
        "contacts": 4,
        "persons": 2,
        "merges": 1,
        "firstId": ids[0],
        "lastId": ids[-1],
    }


def test_identify_goes_on_where_an_import_ended(orders):
    import_files(orders)
    known = identify(SCOPE, "d@x.example", "2")
    assert len(known.person.contacts) == 4
    assert identify(SCOPE, "new@x.example", None).person.id > max(
        c.id for c in known.person.contacts
    )
    assert list(check()) == []


def test_a_dry_run_writes_nothing(orders):
    report = import_files(orders, dry_run=True)
    assert (report.contacts, report.new_persons, report.merges) == (4, 3, 1)
    assert not models.Contact.objects.exists()
    assert not models.Import.objects.exists()


def test_a_file_without_a_usable_row_is_done_and_leaves_nothing(tmp_path):
    report = import_files(write_csv(tmp_path / "orders.csv", [("none", None, 0)]))
    assert report.refused == {"no_usable_identifier": 1}
    assert progress.show(SCOPE, report.import_id).state == "done"
    assert stored_contacts() == []


def test_ids_and_sources_of_contacts_are_kept(tmp_path):
    path = tmp_path / "orders.csv"
    columns = "email,phone,external_id,source\n"
    path.write_text(f"{columns}a@x.example,1,o1,shop\n")
    import_files(path)
    path.write_text(f"{columns}a@x.example,2,o2,\na@x.example,1,o3,shop\nb@x.example,,,\n")
    import_files(path)
    set_policy(**WITH_LIMIT)
    path.write_text(f"{columns}b@x.example,3,o4,till\n")
    import_files(path)
    found = models.Contact.objects.order_by("id").values_list("external_id", "source")
    assert list(found) == [("o1", "shop"), ("o2", None), (None, None), ("o4", "till")]


@pytest.mark.postgresql  # SQLite plans well without.
def test_the_planner_knows_what_was_loaded(orders):
    import_files(orders)
    with connection.cursor() as cursor:
        cursor.execute("SELECT attname FROM pg_stats WHERE tablename = 'contact'")
        assert {"email_key", "phone_key"} <= {name for (name,) in cursor.fetchall()}


def test_an_interrupted_import_goes_on_from_the_last_chunk(orders, monkeypatch):
    identify(SCOPE, "z@x.example", None)
    monkeypatch.setattr(job, "CHUNK_ROWS", 2)
    chunks = []

    def broken(scope, rows, **how):
        chunks.append(len(rows))
        if len(chunks) == 2:
            raise KeyboardInterrupt
        return import_rows(scope, rows, **how)

    monkeypatch.setattr(job, "import_rows", broken)
    with pytest.raises(KeyboardInterrupt):
        import_files(orders)
    (stopped,) = models.Import.objects.all()
    assert (stopped.state, stopped.position) == ("running", 2)

    report = import_files(orders)

    assert chunks == [2, 2, 2, 1]
    assert report.import_id == stopped.id
    assert progress.show(SCOPE, stopped.id).contacts == 4
    assert list(check()) == []


def test_who_is_first_in_an_empty_workspace_makes_the_file_a_later_one(orders, monkeypatch):
    def somebody_else_first(scope, load, **how):
        identify(SCOPE, "z@x.example", None)
        return first_load(scope, load, **how)

    monkeypatch.setattr(job.first_load, "first_load", somebody_else_first)
    report = import_files(orders)
    assert (report.contacts, report.merges, report.is_first) == (4, 1, False)
    assert len(stored_contacts()) == 5
    assert list(check()) == []


def test_a_busy_service_is_waited_for_but_not_for_ever(orders, monkeypatch):
    identify(SCOPE, "z@x.example", None)
    tries = []

    def busy(scope, rows, **how):
        tries.append(rows)
        if len(tries) == 1:
            raise LockTimeout
        return import_rows(scope, rows, **how)

    monkeypatch.setattr(job, "import_rows", busy)
    monkeypatch.setattr(LockTimeout, "retry_after_seconds", 0)
    assert import_files(orders).contacts == 4
    monkeypatch.setattr(job, "_PATIENCE_SECONDS", -1)
    tries.clear()
    with pytest.raises(LockTimeout):
        import_files(orders)


def test_an_absorbed_persons_contacts_are_named_in_the_event(tmp_path):
    old = make_contact("a@x.example", "1")
    primary = make_contact("b@x.example", "2")
    secondary = make_contact("c@x.example", "2", primary=primary)
    path = tmp_path / "orders.csv"
    path.write_text("email,phone\na@x.example,2\n")

    import_files(path)

    (event,) = models.Event.objects.filter(type="person.merged")
    assert event.person_id == old.id
    ids = [primary.id, secondary.id]
    link_id = models.Link.objects.get().id
    assert event.payload == {"absorbedId": primary.id, "contactIds": ids, "linkId": link_id}


def test_a_file_that_cannot_be_read_leaves_why(tmp_path):
    path = tmp_path / "orders.csv"
    path.write_text("a,b\n1,2\n")
    for dry_run in (True, False):
        with pytest.raises(Unreadable):
            import_files(path, dry_run=dry_run)
    (failed,) = models.Import.objects.all()
    assert failed.state == "failed"
    assert "name them with --email and --phone" in failed.reason


def test_a_dry_run_beside_contacts_foretells_what_comes(orders):
    identify(SCOPE, "b@x.example", "4")
    foretold = import_files(orders, dry_run=True)
    report = import_files(orders)
    assert (foretold.contacts, foretold.new_persons, foretold.merges) == (4, 1, 1)
    assert (report.contacts, report.new_persons, report.merges) == (4, 1, 1)


def test_progress_is_told(orders):
    told = []
    run(SCOPE, Request([str(orders)], workers=1), tell=lambda *each: told.append(each))
    identify(SCOPE, "z@x.example", None)
    run(SCOPE, Request([str(orders)], workers=1), tell=lambda *each: told.append(each))
    assert [what for what, *_ in told] == [
        "reading", "planning", "loading", "loading", "indexing", "reading", "importing"
    ]  # fmt: skip
    assert told[3] == ("loading", 4, 4)
    assert told[-1] == ("importing", 5, 5)


def test_rows_without_an_import_can_be_imported_twice():
    rules = progress.rules_in_force(SCOPE)
    row = row_of("a@x.example")
    assert import_rows(SCOPE, [row], rules=rules).contacts == 1
    assert import_rows(SCOPE, [row], rules=rules).contacts == 0


def test_an_import_that_never_was_is_not_found():
    with pytest.raises(ImportNotFound):
        progress.show(SCOPE, 1)


def test_a_first_file_beside_another_workspace_keeps_the_indexes(orders):
    other = models.Workspace.objects.create(name="other shop")
    stranger = make_contact("a@x.example", "1", workspace_id=other.pk)

    report = import_files(orders)

    assert (report.is_first, report.contacts) == (True, 4)
    stranger.refresh_from_db()
    assert stranger.linked_id is None
    assert list(check()) == []
    models.Contact.objects.filter(workspace=other).delete()
    other.delete()


def test_a_first_file_tells_of_suspicious_persons_by_their_ids(tmp_path, caplog):
    path = tmp_path / "orders.csv"
    rows = [f"hub{n}@x.example,123456" for n in range(11)]
    rows += [f"small{n}@x.example,777{n}" for n in range(5)]
    rows += [f"many@x.example,12345{n:02}" for n in range(12)]
    path.write_text("\n".join(["email,phone", *rows]))

    with caplog.at_level("WARNING", "reunite"):
        import_files(path)

    hub = models.Contact.objects.get(email="hub0@x.example")
    many = models.Contact.objects.filter(email="many@x.example").earliest("id")
    told = models.Event.objects.filter(type="person.suspicious").order_by("position")
    assert [(event.person_id, event.payload) for event in told] == [
        (hub.id, {"contacts": 11, "emails": 11, "phoneNumbers": 1}),
        (many.id, {"contacts": 12, "emails": 1, "phoneNumbers": 12}),
    ]
    assert len(caplog.records) == 2
