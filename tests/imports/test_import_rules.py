"""Imports under rules: policies that change meanwhile, guards, what is retired or erased."""

from dataclasses import replace
from itertools import count

import pytest

from reunite import models
from reunite.bulk import job
from reunite.bulk.max_refused import MaxRefused, TooManyRefused
from reunite.core.errors import RulesChanged
from reunite.core.identifiers.kinds import Identifier, Kind
from reunite.core.scope import DEFAULT_WORKSPACE_ID
from reunite.services.audit.check import check
from reunite.services.identify.identify import identify
from reunite.services.imports import progress
from reunite.services.imports.import_rows import import_rows
from reunite.services.repair.erase import erase
from reunite.services.repair.retire import restore, retire
from reunite.store.database.queries import outside
from reunite.store.tables import erasure_keys, retired
from tests.builders import NOON, changed, row_of, set_policy
from tests.imports.files import import_files, stored_contacts
from tests.scopes import SCOPE


def test_under_another_policy_an_interrupted_import_begins_anew(orders):
    found = progress.begin(SCOPE, "digest", "orders.csv")
    rules = progress.rules_in_force(SCOPE)
    assert progress.start(found, rules) == 0
    models.Import.objects.update(position=3)
    again = progress.begin(SCOPE, "digest", "orders.csv")
    assert progress.start(again, rules) == 3
    assert progress.start(again, replace(rules, revision=1)) == 0


def test_rows_that_were_read_under_another_policy_are_not_written(orders, monkeypatch):
    row = row_of("a@x.example")
    with pytest.raises(RulesChanged):
        import_rows(SCOPE, [row], rules=replace(progress.rules_in_force(SCOPE), revision=-1))
    rules = progress.rules_in_force

    def changed_meanwhile(scope):
        found = rules(scope)
        set_policy(placeholders=False)
        return found

    monkeypatch.setattr(progress, "rules_in_force", changed_meanwhile)
    with pytest.raises(RulesChanged):
        import_files(orders)
    assert stored_contacts() == []


def test_a_running_import_begins_anew_when_the_rules_change(orders, monkeypatch):
    identify(SCOPE, "z@x.example", None)
    monkeypatch.setattr(job, "CHUNK_ROWS", 2)
    chunks = []

    def changed_meanwhile(scope, rows, **how):
        chunks.append(len(rows))
        if len(chunks) == 2:
            changed()
        return import_rows(scope, rows, **how)

    monkeypatch.setattr(job, "import_rows", changed_meanwhile)
    with pytest.raises(RulesChanged):
        import_files(orders)

    import_files(orders)

    assert chunks == [2, 2, 2, 2, 1]
    assert list(check()) == []


def test_hubs_that_an_import_retires_do_not_stop_it(tmp_path, monkeypatch):
    set_policy(limits={"contactsPerPhone": 2})
    identify(SCOPE, "z@x.example", None)
    monkeypatch.setattr(job, "CHUNK_ROWS", 3)
    path = tmp_path / "orders.csv"
    rows = [f"{hub}{n}@x.example,555{hub}\n" for hub in range(3) for n in range(4)]
    path.write_text("email,phone\n" + "".join(rows))

    import_files(path)

    assert models.Retired.objects.count() == 3
    assert models.Contact.objects.count() == 1 + len(rows)
    assert list(check()) == []


@pytest.mark.parametrize("change", [{"placeholders": False}, {}])
def test_under_guards_other_changes_stop_an_import(change, orders, monkeypatch):
    set_policy(limits={"contactsPerPhone": 9})
    identify(SCOPE, "z@x.example", None)
    retire(SCOPE, phone_number="555")
    monkeypatch.setattr(job, "CHUNK_ROWS", 2)

    def changed_meanwhile(scope, rows, **how):
        if change:
            set_policy(limits={"contactsPerPhone": 9}, **change)
        else:
            restore(SCOPE, phone_number="555")
        return import_rows(scope, rows, **how)

    monkeypatch.setattr(job, "import_rows", changed_meanwhile)
    with pytest.raises(RulesChanged):
        import_files(orders)


def test_groups_for_guards_are_replayed_after_the_rest_is_loaded(orders):
    set_policy(limits={"phonesPerPerson": 9, "emailsPerPerson": 1})

    report = import_files(orders)

    assert (report.replayed_persons, report.contacts, report.merges, report.held) == (1, 4, 0, 2)
    assert report.is_first
    assert list(check()) == []


def test_what_is_retired_or_erased_is_left_out(orders):
    workspace = models.Workspace.objects.get(pk=DEFAULT_WORKSPACE_ID)
    models.Retired.objects.create(
        workspace=workspace, kind="phone", key="2", origin="operator", created_at=NOON
    )
    assert outside.read(retired.identifiers(SCOPE)) == {Identifier(Kind.PHONE, "2")}
    key = erasure_keys.current_key()
    models.Tombstone.objects.create(
        workspace=workspace,
        kind="email",
        digest=key.digest(Identifier(Kind.EMAIL, "d@x.example")),
        key_id=key.id,
        created_at=NOON,
    )

    report = import_files(orders)

    assert report.refused == {"erased": 1}
    assert (report.contacts, report.merges) == (3, 0)
    set_policy(erased="accept")
    assert import_files(orders).contacts == 1


@pytest.mark.parametrize(
    ("refused", "told"),
    [
        ({"erased": 2}, "the persons of these rows were erased"),
        ({"erased": 1, "malformed": 1}, "perhaps columns must be named"),
    ],
)
def test_a_file_of_erased_persons_alone_is_told_as_such(refused, told):
    with pytest.raises(TooManyRefused, match=told):
        MaxRefused().require(refused, 2)


@pytest.mark.parametrize("limits", [{}, {"contactsPerPhone": 9}])
def test_a_running_import_does_not_bring_back_a_person_that_is_erased(
    limits, tmp_path, monkeypatch
):
    set_policy(limits=limits)
    known = identify(SCOPE, "marty@x.example", "555").person.id
    identify(SCOPE, "z@x.example", None)
    monkeypatch.setattr(job, "CHUNK_ROWS", 2)
    path, refused = tmp_path / "orders.csv", tmp_path / "refused.csv"
    path.write_text(
        "email,phone\n"
        + "".join(f"{n}@x.example,1{n}\n" for n in range(5))
        + "marty@x.example,77\nnew@x.example,555\n"
    )
    calls = count()

    def erased_meanwhile(scope, rows, **how):
        if next(calls) == 1:
            erase(SCOPE, known)
        return import_rows(scope, rows, **how)

    monkeypatch.setattr(job, "import_rows", erased_meanwhile)
    report = import_files(path, refused=refused)

    assert report.refused == {"erased": 2}
    told = progress.show(SCOPE, report.import_id)
    assert (told.refused, told.refused_by_reason) == (2, {"erased": 2})
    assert report.contacts == 5
    assert not models.Contact.objects.filter(
        email__in=["marty@x.example", "new@x.example"]
    ).exists()
    assert models.Import.objects.get().refused == 2
    assert list(check()) == []


def test_what_is_erased_may_come_back_with_a_running_import_where_the_policy_says_so(
    orders, monkeypatch
):
    known = identify(SCOPE, "d@x.example", None).person.id
    set_policy(erased="accept")
    monkeypatch.setattr(job, "CHUNK_ROWS", 1)

    def erased_meanwhile(scope, rows, **how):
        monkeypatch.setattr(job, "import_rows", import_rows)
        set_policy()
        erase(SCOPE, known)
        set_policy(erased="accept")
        return import_rows(scope, rows, **how)

    monkeypatch.setattr(job, "import_rows", erased_meanwhile)
    with pytest.raises(RulesChanged):
        import_files(orders)
    assert import_files(orders).refused == {}


def test_the_list_of_refused_rows_does_not_tell_which_were_erased(tmp_path):
    erase(SCOPE, identify(SCOPE, "marty@x.example", "555").person.id)
    path, refused = tmp_path / "orders.csv", tmp_path / "refused.csv"
    path.write_text("email,phone\nmarty@x.example,1\nnot an email,2\n")

    report = import_files(path, refused=refused)

    assert report.refused["erased"] == 1
    assert "erased" not in refused.read_text()
