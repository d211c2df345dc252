"""What is shown of persons of many contacts is bounded; their contacts come in pages."""

from concurrent.futures import ThreadPoolExecutor

import pytest
from django.db import connection

from reunite.core.errors import ContactDeleted, PersonNotFound, PersonTooLarge
from reunite.core.identifiers.kinds import Identifier, Kind
from reunite.models import Event
from reunite.services.identify.identify import identify
from reunite.services.persons import explain as explaining
from reunite.services.persons.explain import explain, read_end
from reunite.services.persons.export import export
from reunite.services.persons.show import (
    show_contacts,
    show_evidence,
    show_history,
    show_person,
)
from reunite.services.repair.delete import delete_contact
from reunite.store.database.queries import outside
from reunite.store.persons import persons
from tests.builders import NOON, make_contact, make_hub
from tests.scopes import SCOPE

LISTED = 5


@pytest.fixture(autouse=True)
def few_are_listed(settings):
    settings.REUNITE = {"ANSWER_MAX_CONTACTS": LISTED}


def stored_person(contact_id):
    return outside.read(persons.find(SCOPE, contact_id)).person


def test_a_person_is_shown_with_its_oldest_contacts():
    hub = make_hub(8, "1")

    found = show_person(SCOPE, hub.id)

    assert found.person == stored_person(hub.id).first(LISTED)
    assert found.person.size == 8
    assert list(found.contacts) == [contact.id for contact in found.person.contacts]


def test_pages_hold_all_contacts_once_oldest_first():
    hub = make_hub(8, "1")
    stored = stored_person(hub.id).contacts

    pages, after = [], 0
    while after is not None:
        page = show_contacts(SCOPE, stored[3].id, after=after, limit=3)
        assert page.person_id == hub.id
        pages.append([each.contact for each in page.contacts])
        after = page.next

    assert pages == [list(stored[:3]), list(stored[3:6]), list(stored[6:])]
    for after in (stored[-1].id, 2**62):
        assert show_contacts(SCOPE, hub.id, after=after, limit=3).contacts == []


def test_a_page_goes_on_after_a_contact_that_is_gone_by_now():
    hub = make_hub(4, "1")
    stored = stored_person(hub.id).contacts
    delete_contact(SCOPE, stored[1].id)

    page = show_contacts(SCOPE, hub.id, after=stored[1].id, limit=9)

    assert [each.contact for each in page.contacts] == list(stored[2:])


def test_there_are_no_pages_of_nobody():
    gone = make_hub(2, "1").contact_set.get()
    delete_contact(SCOPE, gone.id)

    with pytest.raises(PersonNotFound):
        show_contacts(SCOPE, 404, after=0, limit=9)
    with pytest.raises(ContactDeleted):
        show_contacts(SCOPE, gone.id, after=0, limit=9)


def test_the_evidence_of_a_large_person_is_that_of_its_oldest_contacts():
    hub = make_hub(8, "1")
    oldest = stored_person(hub.id).first(LISTED)

    evidence = show_evidence(SCOPE, hub.id).evidence

    assert evidence.person == oldest
    assert [node for node in evidence.nodes if isinstance(node, int)] == [
        contact.id for contact in oldest.contacts
    ]


@pytest.fixture
def few_are_searched(monkeypatch):
    monkeypatch.setattr(explaining, "MAX_CONTACTS", 3)


def test_a_chain_between_young_contacts_of_a_large_person_is_found(few_are_searched):
    hub = make_hub(8, "1")
    *_, one, other = stored_person(hub.id).contacts
    phone = Identifier(Kind.PHONE, "1")

    for start, end in [
        (one.id, other.id),
        (read_end(SCOPE, email=one.given(Kind.EMAIL)), other.id),
        (one.id, read_end(SCOPE, email=other.given(Kind.EMAIL))),
    ]:
        steps = explain(SCOPE, start, end).steps
        assert phone in [step.end for step in steps]
    assert explain(SCOPE, one.id, make_contact("stranger@x.example").id).steps is None


def test_where_the_oldest_contacts_of_a_large_person_do_not_tell_that_is_told(few_are_searched):
    hub = make_hub(8, "1")
    bridge = make_contact("bridge@x.example", "1", primary=hub)
    far = make_contact("bridge@x.example", "2", primary=hub)
    young = stored_person(hub.id).contacts[7]

    with pytest.raises(PersonTooLarge):
        explain(SCOPE, young.id, far.id)
    assert len(explain(SCOPE, bridge.id, far.id).steps) == 2
    with pytest.raises(PersonNotFound):
        explain(SCOPE, read_end(SCOPE, email="nobody@x.example"), far.id)


def test_a_page_of_history_says_no_more_than_it_may(monkeypatch):
    person = make_contact("a@x.example")
    told = [
        Event.objects.create(
            workspace_id=0,
            type="person.merged",
            person_id=person.id,
            payload={"contactIds": [1] * count},
            created_at=NOON,
        ).position
        for count in (10, 200_000, 400_000, 10, 10)
    ]

    pages, after = [], 0
    while after is not None:
        page = show_history(SCOPE, person.id, after=after, limit=3)
        pages.append([event.position for event in page.events])
        after = page.next

    assert pages == [told[:2], told[2:3], told[3:]]


def test_an_export_keeps_nobody_waiting():
    hub = make_hub(8, "1")

    def write_meanwhile(exported):
        with ThreadPoolExecutor() as pool:
            pool.submit(write_elsewhere).result()
        return [each.id for each in exported.contacts], list(exported.events)

    def write_elsewhere():
        identify(SCOPE, "new@x.example", "1")
        connection.close()

    ids, events = export(SCOPE, hub.id, write_meanwhile)

    assert len(ids) == 8
    assert events == []
    assert stored_person(hub.id).size == 9
