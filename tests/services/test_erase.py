"""Erasing: nothing is left that says who a person was, and nobody else loses anything."""

from functools import partial

import pytest
from django.apps import apps
from django.db import connection
from django.test import override_settings

from reunite.core.erasure import digest
from reunite.core.errors import ContactDeleted, PersonErased, PersonNotFound
from reunite.core.identifiers import Identifier, Kind
from reunite.core.plan import Outcome
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
from reunite.services.check import check
from reunite.services.delete import delete_contact
from reunite.services.erase import erase
from reunite.services.explain import explain
from reunite.services.export import export
from reunite.services.identify import identify
from reunite.services.links import join
from reunite.services.retire import restore, retire
from reunite.services.separate import separate
from reunite.services.show_person import show_history, show_person
from reunite.services.split import split
from reunite.store import tombstones

A = Identifier(Kind.EMAIL, "a@x.example")
ONE = Identifier(Kind.PHONE, "1")


@pytest.fixture(autouse=True)
def consistent():
    """Whatever a test does, what is stored is what the evidence says."""
    yield
    assert list(check()) == []


def new(email=None, phone=None):
    """The id of the contact that these details add."""
    return identify(email, phone).person.contacts[-1].id


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
    identify("secret@x.example", "4155550104")
    other = new("other@x.example", "7")
    Contact.objects.filter(pk=two).update(external_id="secret5", source="secret6")
    Rekeyed.objects.create(contact_id=two, email_key="secret2@x.example")
    delete_contact(gone)
    separate(two, other, reason="of secret@x.example")
    retire(phone_number="4155550104", reason="secret")
    for value in ("ecret", "4155550100", "4155550104", "5550100"):
        assert value in dump()

    assert erase(two, request_id="r1") == sorted([one, two, gone])
    assert erase(merged) == [merged]

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
    erase(one)

    for id in (one, two):
        for ask in (
            partial(show_person, id),
            partial(show_history, id, after=0, limit=10),
            partial(explain, id, id),
            partial(delete_contact, id),
            partial(export, id),
            partial(erase, id),
            partial(join, id, id),
        ):
            with pytest.raises(PersonErased):
                ask()


def test_the_same_details_start_a_new_person():
    one = new("a@x.example", "1")
    erase(one)

    again = identify("a@x.example", "1")

    assert again.outcome is Outcome.CREATED
    assert again.person.id > one


def test_what_others_have_stays_theirs():
    near, far = new("a@x.example", "1"), new("b@x.example", "1")
    split(near, [far])
    third = new("c@x.example", "1")
    stranger = new("d@x.example", "4")
    join(near, stranger)

    assert erase(far) == [far]

    assert identify(None, "1").person.id == near
    assert identify("c@x.example", None).person.secondary_ids[0] == third
    assert Link.objects.get().state == "live"
    assert tombstones.erased([ONE, Identifier(Kind.EMAIL, "b@x.example")], workspace_id=0) == {
        Identifier(Kind.EMAIL, "b@x.example")
    }


def test_a_retired_number_that_others_have_stays_retired():
    one, two = new("a@x.example", "1"), new("b@x.example", "1")
    retire(phone_number="1")

    erase(one)
    assert Retired.objects.exists()

    erase(two)
    assert not Retired.objects.exists()
    assert tombstones.erased([ONE], workspace_id=0) == {ONE}


def test_contacts_that_were_deleted_before_are_erased_with_their_person():
    first, second, third = (new(f"{each}@x.example", "1") for each in "abc")
    delete_contact(second)
    delete_contact(first)

    assert erase(third) == [first, second, third]


def test_what_was_deleted_before_a_split_is_erased_with_either_side():
    one, gone, two = new("a@x.example", "1"), new("b@x.example", "1"), new("c@x.example", "1")
    delete_contact(gone)
    split(one, [two])

    assert erase(two) == [gone, two]
    assert erase(one) == [one]


def test_a_deleted_contact_can_be_erased():
    gone = new("a@x.example", "1")
    delete_contact(gone)
    with pytest.raises(ContactDeleted):
        export(gone)

    assert erase(gone) == [gone]

    assert "a@x.example" not in dump()
    assert Event.objects.latest("position").payload == {
        "contactIds": [gone],
        "before": [],
        "after": [],
    }


def test_there_must_have_been_somebody():
    with pytest.raises(PersonNotFound):
        erase(1)


def test_tombstones_tell_what_was_erased_and_nothing_else():
    assert tombstones.erased([A], workspace_id=0) == set()
    erase(new("a@x.example", "1"))
    first_key = Workspace.objects.get(pk=0).erasure_key

    erase(new("b@x.example", "2"))

    assert Workspace.objects.get(pk=0).erasure_key == first_key
    assert len(first_key) == 64
    assert Tombstone.objects.filter(kind="email", digest=digest(A, key=first_key)).exists()
    assert tombstones.erased([A, ONE, Identifier(Kind.EMAIL, "1")], workspace_id=0) == {A, ONE}


def test_a_key_of_ones_own_is_not_stored():
    with override_settings(REUNITE={"ERASURE_KEY": "kept elsewhere"}):
        erase(new("a@x.example", None))
        assert tombstones.erased([A], workspace_id=0) == {A}

    assert Workspace.objects.get(pk=0).erasure_key == ""
    assert tombstones.erased([A], workspace_id=0) == set()
    erase(new("b@x.example", None))
    assert tombstones.erased([A], workspace_id=0) == set()


def test_an_export_holds_everything():
    one, two = new("A@x.example", "1"), new("b@x.example", "1")
    gone = new("c@x.example", "1")
    other = new("d@x.example", "4")
    delete_contact(gone)
    three = new("e@x.example")
    join(two, three)
    split(one, [two, three])
    separate(one, other, reason="twins")
    retire(phone_number="1")

    exported = export(one)

    assert exported.dossier.person_id == one
    assert [each.id for each in exported.dossier.contacts] == [one, gone]
    assert exported.dossier.contacts[0].email == "A@x.example"
    assert {each.reason for each in exported.separations} == {"", "twins"}
    assert [each.identifier.key for each in exported.retired] == ["1"]
    assert exported.links == exported.withheld == []
    assert exported.events[0].type == "contact.created"

    exported = export(two)
    (withheld,) = exported.withheld
    assert (withheld.contact_id, withheld.kind) == (two, Kind.PHONE)
    (link,) = exported.links
    assert link.known.state == "live"
    assert exported.shown(link.known.link.left).key == "b@x.example"


def test_an_export_does_not_tell_who_others_are():
    one = new("a@x.example", "1")
    new("b@x.example", "2")
    identify("a@x.example", "2")
    split(one, [identify("b@x.example", None).person.secondary_ids[0]])

    exported = export(one)

    (link,) = exported.links
    assert link.known.state == "revoked"
    assert exported.shown(link.known.link.left) == A
    assert exported.shown(link.known.link.right) is None


def test_restoring_after_an_erasure_brings_nobody_back():
    one, two = new("a@x.example", "1"), new("b@x.example", "1")
    retire(phone_number="1")
    erase(one)

    assert [person.id for person in restore(phone_number="1").persons] == [two]
