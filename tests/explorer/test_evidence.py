"""Why contacts are one person: the picture, the chain between two, and what would part."""

import re

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from reunite.explorer.persons import evidence
from reunite.models import Contact
from reunite.services.identify.identify import identify
from reunite.services.repair.links import join
from tests.builders import make_contact, make_hub
from tests.explorer.pages import require_strict, text_of
from tests.scopes import SCOPE

HX = {"HTTP_HX_REQUEST": "true"}


@pytest.fixture
def family():
    """The ids of contacts: of Anna two, of Ben two, and a request that joined the two persons."""
    anna = identify(SCOPE, "anna@home.example", "2025550111").person.id
    identify(SCOPE, "anna.work@corp.example", "2025550111")
    ben = identify(SCOPE, "ben@home.example", "2025550133").person.id
    identify(SCOPE, "ben.b@mail.example", "2025550133")
    ids = identify(SCOPE, "anna.work@corp.example", "2025550133").person.secondary_ids
    assert ben in ids
    return [anna, *ids]


def ask(client, id, *ends, opened=(), **headers):
    path = f"/explorer/persons/{id}/evidence"
    return client.post(path, {"end": ends, "open": opened}, **headers)


def nodes(response):
    return re.findall(
        r'class="spot ([a-z]+)([ a-z]*)" data-node="([^"]+)"', response.content.decode()
    )


def test_every_contact_and_identifier_is_a_link_in_the_picture(client, family):
    response = client.get(f"/explorer/persons/{family[0]}")
    shapes = [shape for shape, _, _ in nodes(response)]
    assert [shapes.count(each) for each in ("contact", "email", "phone")] == [4, 4, 2]
    assert 'href="#contact-' in response.content.decode()
    assert "anna" not in "".join(
        re.findall(r'(?:href|hx-get|action)="([^"]*)"', response.content.decode())
    )


def test_the_bridge_says_what_would_part(client, family):
    one, two, three, four = family
    text = text_of(client.get(f"/explorer/persons/{one}"))
    assert (
        "between anna.work@corp.example and 2025550133, "
        f"2 contacts ({three}, {four}) would part from 2 contacts ({one}, {two})."
    ) in text
    assert "Without 2025550111, 1 contact" in text


def test_the_chain_between_two_is_told_and_lit(client, family):
    one, _, _, four = family
    response = ask(client, one, one, four, **HX)
    text = text_of(response)
    require_strict(response)
    assert f"Contact {one} and Contact {four} are one person, because:" in text
    assert "A request joined anna.work@corp.example and 2025550133 on" in text
    assert f"2025550133 is carried by contact {four}, of" in text
    lit = [token for _, marks, token in nodes(response) if "lit" in marks]
    assert {str(one), str(four), "phone:2025550133"} <= set(lit)
    assert str(family[2]) not in lit
    assert 'class="link lit bridge"' in response.content.decode()


def test_without_scripts_the_whole_page_comes_with_the_chain(client, family):
    response = ask(client, family[0], "email:ben@home.example", "phone:2025550111")
    assert "are one person, because:" in text_of(response)
    assert "<html" in response.content.decode()
    require_strict(response)


def test_an_operators_link_is_told_as_such(client, family):
    other = identify(SCOPE, "carl@x.example", None).person.id
    join(SCOPE, family[0], other)
    text = text_of(ask(client, family[0], family[0], other, **HX))
    assert f"An operator joined contact {family[0]} and contact {other} on" in text


def test_a_value_cannot_turn_the_text_around_it(client, family):
    turned = "\u202egnp.exe@x.example"
    Contact.objects.filter(pk=family[0]).update(email=turned)
    response = ask(client, family[0], family[0], "email:anna@home.example", **HX)
    assert f"carries \u2068{turned}\u2069." in text_of(response)


def test_nothing_joins_strangers(client, family):
    other = make_contact("carl@x.example").id
    assert "Nothing joins" in text_of(ask(client, family[0], family[0], other, **HX))


@pytest.mark.parametrize(
    "ends", [["x"], ["1", "2", "3"], ["co lor:red"], ["email:"], ["9" * 30], ["-1", "1"]]
)
def test_odd_ends_are_refused(client, family, ends):
    response = ask(client, family[0], *ends, **HX)
    assert response.status_code == 400
    assert "<html" not in response.content.decode()


def test_an_end_that_nobody_has_is_told(client, family):
    assert ask(client, family[0], "email:no@x.example", family[0], **HX).status_code == 404


def test_many_contacts_are_counted_at_their_hub_and_drawn_on_demand(client):
    hub = make_hub(400, "800500")
    page = client.get(f"/explorer/persons/{hub.id}")
    text = text_of(page)
    assert "There are too many contacts for one picture." in text
    assert "399 contacts" in text
    assert "400 contacts would fall into 400 groups" in text
    assert len(nodes(page)) == 3

    opened = ask(client, hub.id, opened=["phone:800500"], **HX)
    assert len(nodes(opened)) == 3 + 2 * 50
    assert "349 contacts" in text_of(opened)
    assert '<input type="hidden" name="open" value="phone:800500">' in opened.content.decode()
    require_strict(opened)


def test_a_lit_contact_is_drawn_though_others_are_counted(client):
    hub = make_hub(400, "800500")
    last = Contact.objects.latest("id").id
    response = ask(client, hub.id, hub.id, last, **HX)
    assert str(last) in [token for _, marks, token in nodes(response) if "lit" in marks]
    assert "398 contacts" in text_of(response)


def test_what_is_not_drawn_is_told(client):
    """Each contact shares an identifier with the next, so none is a leaf."""
    first = make_contact("n0@x.example", "5550000")
    Contact.objects.bulk_create(
        Contact(
            workspace_id=0,
            linked=first,
            link_precedence="secondary",
            created_at=first.created_at,
            updated_at=first.created_at,
            email=f"n{n}@x.example",
            email_key=f"n{n}@x.example",
            phone_number=f"555{n - 1:04}",
            phone_key=f"555{n - 1:04}",
        )
        if n % 2
        else Contact(
            workspace_id=0,
            linked=first,
            link_precedence="secondary",
            created_at=first.created_at,
            updated_at=first.created_at,
            email=f"n{n - 1}@x.example",
            email_key=f"n{n - 1}@x.example",
            phone_number=f"555{n:04}",
            phone_key=f"555{n:04}",
        )
        for n in range(1, 250)
    )
    page = client.get(f"/explorer/persons/{first.id}")
    assert len(nodes(page)) == 300
    assert "100 more contacts are not drawn." in text_of(page)


def test_the_number_of_queries_for_a_chain_is_bounded(client, family):
    with CaptureQueriesContext(connection) as queries:
        ask(client, family[0], family[0], family[3], **HX)
    assert len(queries) <= 30


def test_no_bridge_is_told_where_not_all_contacts_are_read(client, monkeypatch):
    hub = make_hub(30, "800500")
    assert "Without 800500" in text_of(client.get(f"/explorer/persons/{hub.id}"))
    monkeypatch.setattr(evidence, "MAX_CONTACTS", 10)
    text = text_of(client.get(f"/explorer/persons/{hub.id}"))
    assert "20 younger contacts are not looked at here, so bridges are not sought." in text
    assert "Without 800500" not in text


def test_bridges_are_sought_among_more_contacts_than_answers_list(client, settings):
    hub = make_hub(30, "800500")
    settings.REUNITE = {**settings.REUNITE, "ANSWER_MAX_CONTACTS": 10}
    assert "Without 800500, 30 contacts" in text_of(client.get(f"/explorer/persons/{hub.id}"))
