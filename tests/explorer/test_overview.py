"""The overview leads to all that it counts, and to a living person within a minute."""

import re

from django.db import connection
from django.test.utils import CaptureQueriesContext

from reunite.explorer.overview import bars_of
from reunite.models import Contact
from reunite.services.example_shop import load_example_shop
from reunite.services.identify.identify import identify
from tests.builders import make_contact, make_hub
from tests.explorer.pages import require_strict, text_of
from tests.scopes import SCOPE

FIGURES = "/explorer/figures"


def test_an_empty_database_offers_the_example_shop(client):
    page = client.get("/explorer/")
    assert "Nobody is here yet" in text_of(page)
    require_strict(page)

    loaded = client.post("/explorer/example", follow=True)

    assert loaded.redirect_chain == [("/explorer/", 302)]
    assert "Merges to review 1" in text_of(loaded)
    assert "Kept apart 1" in text_of(loaded)
    client.post("/explorer/example")
    assert Contact.objects.count() < 50
    require_strict(loaded)


def test_every_person_that_figures_name_has_a_page(client):
    load_example_shop(SCOPE)
    figures = client.get(FIGURES)
    require_strict(figures)
    text = text_of(figures)
    assert "1 suspicious person" in text
    assert "+18005550199 phone number 13" in text
    paths = set(re.findall(r'href="(/explorer/persons/\d+)"', figures.content.decode()))
    assert len(paths) > 5
    assert {client.get(path).status_code for path in paths} == {200}


def test_figures_come_as_a_part_of_the_page(client):
    make_contact("a@x.example")
    part = client.get(FIGURES, HTTP_HX_REQUEST="true")
    assert "<html" not in part.content.decode()
    assert "1 person of 1 contact" in text_of(part)
    assert "No person has more than 50 contacts" in text_of(part)
    assert "No identifier is carried by several contacts." in text_of(part)
    assert f'hx-get="{FIGURES}"' in client.get("/explorer/").content.decode()


def test_sizes_are_counted_in_bars():
    bars = list(bars_of({1: 6, 2: 3, 5: 1, 700: 1}))
    assert [(each.sizes, each.persons) for each in bars] == [
        *(("1", 6), ("2", 3), ("3", 0), ("4 to 5", 1), ("6 to 10", 0), ("11 to 50", 0)),
        ("51 or more", 1),
    ]
    assert (bars[0].width, bars[1].width) == (240, 120)
    assert {each.width for each in bars_of({})} == {0}


def test_the_overview_reads_no_contact_for_each_that_there_is(client):
    counts = []
    for number, size in enumerate((2, 80)):
        make_hub(size, f"80050{number}", email=f"hub{number}-")
        with CaptureQueriesContext(connection) as queries:
            client.get("/explorer/")
            client.get(FIGURES)
        counts.append(len(queries))
    assert counts[0] == counts[1]


def test_the_latest_contacts_lead_to_their_persons(client):
    person = identify(SCOPE, "a@x.example", "5550101").person.id
    latest = identify(SCOPE, "b@x.example", "5550101").person.secondary_ids[0]
    page = client.get("/explorer/")
    assert "Latest contacts b@x.example 5550101 a@x.example 5550101" in text_of(page)
    assert f'href="/explorer/persons/{person}#contact-{latest}"' in page.content.decode()
    require_strict(page)
