"""The page of a person: who this is, contacts, what happened."""

from datetime import UTC, datetime

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from reunite.explorer.persons.timeline import told
from reunite.models import Contact
from reunite.services.identify.identify import identify
from reunite.services.persons.show import Brought, Event, History
from reunite.services.repair.delete import delete_contact
from reunite.services.repair.erase import erase
from reunite.services.repair.links import join
from reunite.services.repair.retire import retire
from reunite.services.repair.split import split
from reunite.store.tables.orders import Order
from tests.builders import NOON, make_contact, make_held, make_hub, set_policy
from tests.explorer.pages import require_strict, text_of
from tests.scopes import SCOPE

HOSTILE = '"><img src=x onerror=alert(1)>@x.example'
TURNED = "\u202egnp.exe@x.example"


def page_of(client, id):
    response = client.get(f"/explorer/persons/{id}")
    assert response.status_code == 200
    require_strict(response)
    return response


def test_a_person_is_told_in_one_glance(client):
    first = make_contact("lorraine@hillvalley.edu", "+1 415 555 2671", created_at=NOON)
    make_contact(
        "mcfly@hillvalley.edu",
        "+14155552671",
        primary=first,
        created_at=NOON.replace(year=2024),
        external_id="A-17",
        source="shop",
    )

    response = page_of(client, first.id)

    text = text_of(response)
    assert "Contacts 2 Identifiers 3 Since 1 Apr 2023 Latest 1 Apr 2024" in text
    assert "+1 415 555 2671+14155552671 phone number 1 Apr 2023 12:00 1 Apr 2024 12:00 2" in text
    assert "A-17 shop" in text
    assert "1 Apr 2023 12:00 primary" in text
    assert response.context["name"] == "lorraine@hillvalley.edu"


def test_the_address_of_a_secondary_leads_to_the_person(client):
    first = make_contact("a@x.example", "555")
    second = make_contact("b@x.example", "555", primary=first)
    response = client.get(f"/explorer/persons/{second.id}")
    assert (response.status_code, response["Location"]) == (302, f"/explorer/persons/{first.id}")


def test_values_are_text_whatever_they_hold(client):
    person = make_contact("a@x.example")
    Contact.objects.update(email=HOSTILE, email_key=HOSTILE, external_id=HOSTILE, source=TURNED)
    response = page_of(client, person.id)
    assert "<img src=x" not in response.content.decode()
    assert text_of(response).count(HOSTILE) >= 4


def test_values_that_do_not_count_are_marked(client):
    person = identify(SCOPE, "a@x.example", "800500").person.id
    retire(SCOPE, phone_number="800500")
    text = text_of(page_of(client, person))
    assert "800500 retired phone number" in text
    assert "1 value does not count as evidence." in text
    assert "A phone number was retired by an operator." in text


def test_signs_of_trouble_are_told(client):
    hub = make_hub(60, "800500")
    make_contact("other@x.example", "999")
    make_held("hub0@x.example", "999")
    text = text_of(page_of(client, hub.id))
    assert "1 merge with others waits for review." in text
    assert "This person is suspicious" in text
    assert "60 contacts carry 800500. Retire it…" in text
    assert 'value="retire phone:800500"' in page_of(client, hub.id).content.decode()


def test_of_many_values_those_that_most_contacts_carry_come_first(client):
    hub = make_hub(60, "800500")
    page = page_of(client, hub.id)
    assert [each.value for each in page.context["carried"]][:2] == ["800500", "hub0@x.example"]
    assert "These are the 20 of 61 that most contacts carry." in text_of(page)


def test_a_very_large_person_has_at_least_the_identifiers_that_are_counted(client, settings):
    settings.REUNITE = {**settings.REUNITE, "ANSWER_MAX_CONTACTS": 10}
    hub = make_hub(60, "800500")
    text = text_of(page_of(client, hub.id))
    assert "Identifiers at least 11" in text
    assert "Only the oldest 10 contacts are counted." in text


def test_contacts_come_in_pages(client):
    hub = make_hub(70, "800500")
    first = page_of(client, hub.id)
    assert first.content.decode().count('<tr id="contact-') == 25
    after = first.context["next"]
    path = f"/explorer/persons/{hub.id}/contacts?after={after}"

    part = client.get(path, HTTP_HX_REQUEST="true")
    assert part.content.decode().count('<tr id="contact-') == 25
    assert "<html" not in part.content.decode()
    last = client.get(f"/explorer/persons/{hub.id}/contacts?after={part.context['next']}")
    assert last.content.decode().count('<tr id="contact-') == 20
    assert "More contacts" not in text_of(last)
    require_strict(last)


def test_the_timeline_tells_what_happened_and_who_did_it(client):
    one = identify(SCOPE, "a@x.example", "555").person.id
    two = identify(SCOPE, "b@x.example", "666").person.id
    identify(SCOPE, "a@x.example", "666")
    split(SCOPE, one, [two], reason="Complaint 4711.")
    three = identify(SCOPE, "c@x.example", None).person.id
    join(SCOPE, one, three)
    text = text_of(page_of(client, one))
    for sentence in (
        f"Contact {one} began person {one}.",
        f"Person {one} absorbed person {two}: contact {two} moved.",
        f"Split: contact {two} on one side: 1 person became 2. Reason: Complaint 4711.",
        f"Contacts {one} and {three} were joined: 2 persons became 1.",
    ):
        assert sentence in text


def test_the_timeline_comes_in_pages(client):
    person = identify(SCOPE, "a@x.example", "555").person.id
    for number in range(30):
        identify(SCOPE, f"a{number}@x.example", "555")
    page = page_of(client, person)
    assert "What happened next" in text_of(page)
    after = page.context["later"]
    path = f"/explorer/persons/{person}/timeline?after={after}"
    assert text_of(client.get(path, HTTP_HX_REQUEST="true")).count("was added to person") == 7
    require_strict(client.get(path))


@pytest.mark.parametrize("path", ["", "/contacts", "/timeline"])
def test_who_is_not_there_is_told_apart_from_who_was(client, path):
    person = identify(SCOPE, "a@x.example", "555").person.id
    other = identify(SCOPE, "b@x.example", "555").person.secondary_ids[0]
    delete_contact(SCOPE, other)
    gone = identify(SCOPE, "c@x.example", None).person.id
    erase(SCOPE, gone)
    statuses = [
        client.get(f"/explorer/persons/{id}{path}").status_code for id in (person, other, gone, 999)
    ]
    assert statuses == [200, 410, 410, 404]


def test_an_odd_place_in_a_list_is_refused(client):
    person = make_contact("a@x.example").id
    for after in ("x", "-1", "9" * 30, "١"):
        path = f"/explorer/persons/{person}/contacts?after={after}"
        assert client.get(path).status_code == 400
    assert client.get(f"/explorer/persons/{2**63}").status_code == 404


def test_the_number_of_queries_does_not_grow_with_the_person(client):
    counts = []
    for number, size in enumerate((2, 60)):
        hub = make_hub(size, f"80050{number}", email=f"hub{number}-")
        with CaptureQueriesContext(connection) as queries:
            page_of(client, hub.id)
        counts.append(len(queries))
    assert counts[0] == counts[1]


def test_an_import_names_the_orders_that_have_an_id(client):
    order, none = Order("4711", "shop"), Order()
    brought = {1: [Brought(5, None, none), Brought(6, None, order)], 2: [Brought(5, None, none)]}
    happened = [
        Event(
            position=position,
            type="import.loaded",
            person_id=5,
            payload={"importId": 7},
            request_id=None,
            created_at=datetime(2026, 11, 28, tzinfo=UTC),
            import_id=7,
            created_by=None,
        )
        for position in (1, 2)
    ]
    shown = told(SCOPE, History(5, happened, None, brought))
    assert [each.order for each in shown] == ["4711 of shop", ""]


def test_a_suspicious_person_is_told_in_singular_and_plural(client):
    hub = make_hub(9, "800500").id
    for number in range(2):
        identify(SCOPE, f"more{number}@x.example", "800500")
    assert "with 11 contacts, 11 emails and 1 phone number." in text_of(page_of(client, hub))


def test_the_table_has_values_of_all_kinds(client):
    set_policy(kinds={"customerNumber": {"perPerson": 2}})
    numbers = {"customerNumber": ["KD-1", "KD-2"]}
    person = identify(SCOPE, "a@x.example", None, identifiers=numbers).person.id
    page = page_of(client, person)
    assert "Id Email Phone number customerNumber Created" in text_of(page)
    assert f"{person} a@x.example – KD-1 KD-2" in text_of(page)
    repair = text_of(client.get(f"/explorer/persons/{person}/repair"))
    assert f"{person} a@x.example – KD-1 KD-2" in repair
    set_policy()
    assert "Id Email Phone number customerNumber Created" in text_of(page_of(client, person))
