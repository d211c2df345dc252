"""Erasing: nothing is left that says who a person was, and nobody else loses anything."""

import errno
import os
import stat
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from dataclasses import replace
from functools import partial

import pytest
from django.apps import apps
from django.db import connection
from django.test import override_settings

from reunite.core.errors import (
    ContactDeleted,
    DatabaseReadOnly,
    ErasureKeyMissing,
    PersonErased,
    PersonNotFound,
    StorageFull,
)
from reunite.core.identifiers.kinds import Identifier, Kind
from reunite.core.identify.plan import Outcome
from reunite.core.repair.erasure import ErasureKey, Remaining
from reunite.core.scope import default_scope
from reunite.models import (
    Contact,
    Event,
    Link,
    Rekeyed,
    Retired,
    Separation,
    Tombstone,
    Withheld,
    Workspace,
)
from reunite.services.audit.check import check
from reunite.services.identify.identify import identify
from reunite.services.imports import progress
from reunite.services.imports.uploads import Upload
from reunite.services.persons.explain import explain
from reunite.services.persons.export import export
from reunite.services.persons.show import show_history, show_person
from reunite.services.repair.delete import delete_contact
from reunite.services.repair.erase import erase, finish_erasing
from reunite.services.repair.links import join
from reunite.services.repair.retire import restore, retire
from reunite.services.repair.separate import separate
from reunite.services.repair.split import split
from reunite.services.repair.undo import undo
from reunite.store.database.queries import outside
from reunite.store.repair import erasures
from reunite.store.tables import erasure_keys, tombstones
from tests.builders import NOON, set_policy
from tests.scopes import SCOPE

A = Identifier(Kind.EMAIL, "a@x.example")
ONE = Identifier(Kind.PHONE, "1")


@pytest.fixture(autouse=True)
def consistent():
    """Whatever a test does, what is stored is what the evidence says."""
    yield
    assert list(check()) == []


def new(email=None, phone=None):
    """The id of the contact that these details add."""
    return identify(SCOPE, email, phone).person.contacts[-1].id


def dump():
    """Everything in every table, as text."""
    with connection.cursor() as cursor:
        texts = []
        for model in apps.get_app_config("reunite").get_models():
            cursor.execute(f"SELECT * FROM {model._meta.db_table}")
            texts += map(repr, cursor.fetchall())
    return "\n".join(texts)


def test_no_table_holds_anything_of_the_person_any_more():
    one = new("Secret@x.example", "(415) 5550100")
    two = new("secret2@x.example", "4155550100")
    gone = new("secret3@x.example", "4155550100")
    merged = new("secret4@x.example", "4155550104")
    identify(SCOPE, "secret@x.example", "4155550104")
    other = new("other@x.example", "7")
    Contact.objects.filter(pk=two).update(external_id="secret5", source="secret6")
    Rekeyed.objects.create(contact_id=two, email_key="secret2@x.example")
    delete_contact(SCOPE, gone)
    separate(SCOPE, two, other, reason="of secret@x.example")
    retire(SCOPE, phone_number="4155550104", reason="secret")
    for value in ("ecret", "4155550100", "4155550104", "5550100"):
        assert value in dump()

    assert erase(default_scope("r1"), two).contact_ids == sorted([one, two, gone])
    assert erase(SCOPE, merged).contact_ids == [merged]

    rows = dump()
    for value in ("ecret", "4155550100", "4155550104", "5550100"):
        assert value not in rows
    assert "other@x.example" in rows
    for model in (Link, Separation, Withheld, Rekeyed, Retired):
        assert not model.objects.exists()
    told = Event.objects.filter(type="person.erased").order_by("position").first()
    assert (told.person_id, told.request_id) == (one, "r1")
    assert told.payload == {
        "contactIds": [one, two, gone],
        "before": [{"personId": one, "contactIds": [one, two]}],
        "after": [],
    }


def test_its_ids_say_that_it_was_erased():
    one, two = new("a@x.example", "1"), new("b@x.example", "1")
    erase(SCOPE, one)

    for id in (one, two):
        for ask in (
            partial(show_person, SCOPE, id),
            partial(show_history, SCOPE, id, after=0, limit=10),
            partial(explain, SCOPE, id, id),
            partial(delete_contact, SCOPE, id),
            partial(exported_of, id),
            partial(erase, SCOPE, id),
            partial(join, SCOPE, id, id),
        ):
            with pytest.raises(PersonErased):
                ask()


def test_the_same_details_start_a_new_person():
    one = new("a@x.example", "1")
    erase(SCOPE, one)

    again = identify(SCOPE, "a@x.example", "1")

    assert again.outcome is Outcome.CREATED
    assert again.person.id > one


def test_what_others_have_stays_theirs():
    near, far = new("a@x.example", "1"), new("b@x.example", "1")
    split(SCOPE, near, [far])
    third = new("c@x.example", "1")
    stranger = new("d@x.example", "4")
    join(SCOPE, near, stranger)

    assert erase(SCOPE, far).contact_ids == [far]

    assert identify(SCOPE, None, "1").person.id == near
    assert identify(SCOPE, "c@x.example", None).person.secondary_ids[0] == third
    assert Link.objects.get().state == "live"
    assert remembered(ONE, Identifier(Kind.EMAIL, "b@x.example")) == {
        Identifier(Kind.EMAIL, "b@x.example")
    }


def test_a_retired_number_that_others_have_stays_retired():
    one, two = new("a@x.example", "1"), new("b@x.example", "1")
    retire(SCOPE, phone_number="1")

    erase(SCOPE, one)
    assert Retired.objects.exists()

    erase(SCOPE, two)
    assert not Retired.objects.exists()
    assert remembered(ONE) == {ONE}


def test_contacts_that_were_deleted_before_are_erased_with_their_person():
    first, second, third = (new(f"{each}@x.example", "1") for each in "abc")
    delete_contact(SCOPE, second)
    delete_contact(SCOPE, first)

    assert erase(SCOPE, third).contact_ids == [first, second, third]


def test_what_was_deleted_before_a_split_is_erased_with_either_side():
    one, gone, two = new("a@x.example", "1"), new("b@x.example", "1"), new("c@x.example", "1")
    delete_contact(SCOPE, gone)
    split(SCOPE, one, [two])

    assert erase(SCOPE, two).contact_ids == [gone, two]
    assert erase(SCOPE, one).contact_ids == [one]


def test_a_contact_that_came_back_and_was_split_off_is_not_erased_with_its_person_before():
    one, two = new("a@x.example", "1"), new("b@x.example", "1")
    undo(SCOPE, delete_contact(SCOPE, one).undo.repair_id)
    split(SCOPE, one, [one], keep_apart=False)
    delete_contact(SCOPE, one)

    assert erase(SCOPE, two).contact_ids == [two]


def test_deleted_contacts_are_found_by_all_ids_that_their_person_had():
    first, gone = new("c@x.example", "3"), new("d@x.example", "3")
    stays, moves = new("b@x.example", "3"), new("b@x.example", "4")
    delete_contact(SCOPE, gone)
    deleted = delete_contact(SCOPE, moves).undo.repair_id
    delete_contact(SCOPE, first)
    other = new("e@x.example", "4")
    back = undo(SCOPE, deleted)
    assert [len(person.contacts) for person in back.persons] == [3]
    undo(SCOPE, back.undo.repair_id)  # It is deleted again, now from the person of ``other``.

    assert erase(SCOPE, other).contact_ids == [gone, moves, other]
    assert erase(SCOPE, stays).contact_ids == [first, stays]


def test_a_deleted_contact_can_be_erased():
    gone = new("a@x.example", "1")
    delete_contact(SCOPE, gone)
    with pytest.raises(ContactDeleted):
        exported_of(gone)

    assert erase(SCOPE, gone).contact_ids == [gone]

    assert "a@x.example" not in dump()
    assert Event.objects.latest("position").payload == {
        "contactIds": [gone],
        "before": [],
        "after": [],
    }


def exported_of(contact_id):
    return export(SCOPE, contact_id, lambda found: replace(found, events=list(found.events)))


def test_there_must_have_been_somebody():
    with pytest.raises(PersonNotFound):
        erase(SCOPE, 1)


def remembered(*identifiers):
    """Those of the identifiers that an import would find erased."""
    keys = outside.read(tombstones.keys_in_use(SCOPE))
    return outside.read(tombstones.erased(SCOPE, identifiers, keys=keys))


def with_key(key, *before):
    return override_settings(REUNITE={"ERASURE_KEY": key, "ERASURE_KEYS_BEFORE": before})


def test_tombstones_tell_what_was_erased_and_nothing_else():
    assert remembered(A) == set()
    erase(SCOPE, new("a@x.example", "1"))
    erase(SCOPE, new("b@x.example", "2"))

    assert remembered(A, ONE, Identifier(Kind.EMAIL, "1")) == {A, ONE}


def test_the_key_of_tombstones_is_not_in_the_database():
    with with_key("k" * 32):
        erase(SCOPE, new("a@x.example", None))
        assert remembered(A) == {A}

    assert "k" * 32 not in dump()
    assert ErasureKey("k" * 32).digest(A) in dump()


def test_after_a_change_of_the_key_earlier_tombstones_are_recognised():
    with with_key("1" * 32):
        erase(SCOPE, new("a@x.example", None))
    with with_key("2" * 32, "1" * 32):
        erase(SCOPE, new(None, "1"))
        assert remembered(A, ONE) == {A, ONE}
    assert set(Tombstone.objects.values_list("key_id", flat=True)) == {
        ErasureKey("1" * 32).id,
        ErasureKey("2" * 32).id,
    }


def test_without_an_earlier_key_nothing_is_said_of_what_was_erased():
    with with_key("1" * 32):
        erase(SCOPE, new("a@x.example", None))
    with with_key("2" * 32), pytest.raises(ErasureKeyMissing, match="ERASURE_KEY"):
        remembered(A)


def test_without_a_key_nothing_is_erased_unless_the_policy_accepts_old_files():
    one = new("a@x.example", "1")
    with override_settings(REUNITE={}):
        with pytest.raises(ErasureKeyMissing):
            erase(SCOPE, one)
        assert "a@x.example" in dump()

        set_policy(erased="accept")
        assert erase(SCOPE, one).contact_ids == [one]

    assert not Tombstone.objects.exists()


def test_the_first_erasure_writes_the_file_of_the_key_for_its_owner_alone(tmp_path):
    path = tmp_path / "key"
    with override_settings(REUNITE={"ERASURE_KEY_FILE": str(path)}):
        erase(SCOPE, new("a@x.example", None))
        key = path.read_text()
        erase(SCOPE, new(None, "1"))
        assert remembered(A, ONE) == {A, ONE}
    assert path.read_text() == key
    assert len(key.strip()) == 64
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert [each.name for each in tmp_path.iterdir()] == ["key"]


@pytest.mark.parametrize(
    ("code", "error"),
    [
        (errno.ENOSPC, StorageFull),
        (errno.EDQUOT, StorageFull),
        (errno.EROFS, DatabaseReadOnly),
        (errno.EACCES, DatabaseReadOnly),
    ],
)
def test_a_key_that_cannot_be_written_is_told_and_leaves_no_file(
    tmp_path, monkeypatch, code, error
):
    def refuse(_descriptor):
        raise OSError(code, "refused")

    monkeypatch.setattr(os, "fsync", refuse)
    person = new("a@x.example", None)
    with override_settings(REUNITE={"ERASURE_KEY_FILE": str(tmp_path / "key")}):
        with pytest.raises(error):
            erase(SCOPE, person)
        assert list(tmp_path.iterdir()) == []
        monkeypatch.undo()
        erase(SCOPE, person)
        assert remembered(A) == {A}


def test_of_two_processes_that_write_the_file_of_the_key_the_first_one_decides(tmp_path):
    with (
        override_settings(REUNITE={"ERASURE_KEY_FILE": str(tmp_path / "key")}),
        ThreadPoolExecutor(8) as threads,
    ):
        keys = list(threads.map(lambda _: erasure_keys.current_key(), range(8)))
    assert len(set(keys)) == 1


def test_tombstones_of_a_key_that_stood_in_the_database_still_count():
    Workspace.objects.update(erasure_key="stored")
    Tombstone.objects.create(
        workspace_id=0, kind="email", digest=ErasureKey("stored").digest(A), created_at=NOON
    )
    assert remembered(A, ONE) == {A}


def test_an_erased_value_is_recognised_after_the_rules_have_changed():
    set_policy(normalization={"foldGmail": False, "defaultRegion": "US"})
    erase(SCOPE, new("M.Fly+shop@gmail.com", "(415) 555-2671"))

    set_policy(normalization={"foldGmail": True, "defaultRegion": None})

    folded = Identifier(Kind.EMAIL, "mfly@gmail.com")
    assert remembered(folded) == {folded}
    assert remembered(Identifier(Kind.PHONE, "4155552671"))


def test_a_name_that_another_person_has_under_these_rules_is_no_tombstone():
    new("mfly@gmail.com", "2")
    erase(SCOPE, new("m.fly@gmail.com", "1"))
    assert remembered(Identifier(Kind.EMAIL, "mfly@gmail.com")) == set()
    assert remembered(Identifier(Kind.EMAIL, "m.fly@gmail.com"))


def test_an_export_holds_everything():
    one, two = new("A@x.example", "1"), new("b@x.example", "1")
    gone = new("c@x.example", "1")
    other = new("d@x.example", "4")
    delete_contact(SCOPE, gone)
    three = new("e@x.example")
    join(SCOPE, two, three)
    split(SCOPE, one, [two, three])
    separate(SCOPE, one, other, reason="twins")
    retire(SCOPE, phone_number="1")

    exported = exported_of(one)

    assert exported.person_id == one
    assert [each.id for each in exported.contacts] == [one, gone]
    assert exported.contacts[0].values[0].given == "A@x.example"
    assert {each.reason for each in exported.separations} == {"", "twins"}
    assert [each.identifier.key for each in exported.retired] == ["1"]
    assert exported.links == exported.withheld == []
    assert exported.events[0].type == "contact.created"

    exported = exported_of(two)
    (withheld,) = exported.withheld
    assert (withheld.contact_id, withheld.kind) == (two, Kind.PHONE)
    (link,) = exported.links
    assert link.known.state == "live"
    assert exported.shown(link.known.link.left) == two


def test_an_export_does_not_tell_who_others_are():
    one = new("a@x.example", "1")
    new("b@x.example", "2")
    identify(SCOPE, "a@x.example", "2")
    split(SCOPE, one, [identify(SCOPE, "b@x.example", None).person.secondary_ids[0]])

    exported = exported_of(one)

    (link,) = exported.links
    assert link.known.state == "revoked"
    assert exported.shown(link.known.link.left) == A
    assert exported.shown(link.known.link.right) is None


def test_imports_forget_files_that_are_named_after_the_person(tmp_path, settings):
    settings.REUNITE = {**settings.REUNITE, "IMPORT_FOLDER": str(tmp_path)}
    one = new("Marty.McFly@x.example", "(415) 5550199")
    named = progress.begin(SCOPE, "1", "orders of MARTY.McFly%40x.example.csv")
    refused = Upload(tmp_path, named.id).refused_path
    refused.write_text("file,line,reason\n")
    other = progress.begin(SCOPE, "2", "orders.csv")
    told = progress.begin(SCOPE, "3", "orders.csv")
    progress.write_notes(told.id, ["reads 415-555-0199 as phone"])
    progress.fail(told.id, "Something.")
    progress.write_notes(other.id, ["reads phone as phone"])

    erase(SCOPE, one)

    found = {
        each.id: (each.name, each.reason, each.notes)
        for each in progress.list_imports(SCOPE, after=0, limit=9)
    }
    assert found[named.id] == found[told.id] == ("", "", "")
    assert found[other.id] == ("orders.csv", "", "reads phone as phone")
    assert not refused.exists()


def test_restoring_after_an_erasure_brings_nobody_back():
    one, two = new("a@x.example", "1"), new("b@x.example", "1")
    retire(SCOPE, phone_number="1")
    erase(SCOPE, one)

    assert [person.id for person in restore(SCOPE, phone_number="1").persons] == [two]


@pytest.mark.skipif("DATABASE_URL" in os.environ, reason="about the files of SQLite")
def test_every_connection_overwrites_what_it_frees():
    with connection.cursor() as cursor:
        cursor.execute("PRAGMA secure_delete")
        assert cursor.fetchone() == (1,)


@pytest.mark.skipif("DATABASE_URL" in os.environ, reason="about the log of SQLite")
def test_a_log_that_a_reader_needs_stays_marked_until_it_is_emptied():
    one = new("a@x.example", "1")
    other = connection.copy()
    with closing(other), other.cursor() as reader:
        reader.execute("BEGIN")
        reader.execute("SELECT count(*) FROM contact")
        reader.fetchall()
        assert erase(SCOPE, one).remaining == (Remaining.WRITE_AHEAD_LOG,)
        finish_erasing()
        assert erasures.is_to_be_cleared()

    finish_erasing()

    assert not erasures.is_to_be_cleared()
    finish_erasing()


@pytest.mark.skipif("DATABASE_URL" in os.environ, reason="about the log of SQLite")
def test_a_writer_that_comes_before_the_mark_is_removed_does_not_fail_the_erasure(settings):
    one = new("a@x.example", "1")
    other = connection.copy()
    other.ensure_connection()

    def write(statement):
        if "erased_in_log_at = NULL" in statement:
            connection.connection.set_trace_callback(None)
            other.connection.execute("BEGIN IMMEDIATE")

    with (
        closing(other),
        override_settings(REUNITE={**settings.REUNITE, "LOCK_TIMEOUT_SECONDS": 0.2}),
    ):
        connection.connection.set_trace_callback(write)
        assert erase(SCOPE, one).contact_ids == [one]
        assert erasures.is_to_be_cleared()

    finish_erasing()
    assert not erasures.is_to_be_cleared()


@pytest.mark.postgresql
def test_on_postgresql_old_values_stay_until_it_clears_them_itself():
    assert erase(SCOPE, new("a@x.example", "1")).remaining == (
        Remaining.OLD_ROW_VERSIONS,
        Remaining.WRITE_AHEAD_LOG,
    )
    assert not erasures.is_to_be_cleared()
