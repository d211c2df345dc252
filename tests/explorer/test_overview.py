"""The overview leads to all that it counts, and to a living person within a minute."""

import re
from datetime import timedelta
from functools import partial

from django.db import connection
from django.test.utils import CaptureQueriesContext

from reunite.core.scope import DEFAULT_WORKSPACE_ID
from reunite.explorer import figures, overview
from reunite.explorer.figures import Kept
from reunite.explorer.growth import growth_of
from reunite.explorer.overview import bars_of
from reunite.models import Contact, Import
from reunite.services.example_shop import load_example_shop
from reunite.services.identify.identify import identify
from reunite.services.persons.statistics import Month
from reunite.services.webhooks.webhooks import create_webhook
from tests.builders import NOON, make_contact, make_hub
from tests.explorer.pages import require_strict, text_of
from tests.scopes import SCOPE

FIGURES = "/explorer/figures"


def make_import(name):
    found = Import.objects.create(
        workspace_id=DEFAULT_WORKSPACE_ID,
        digest="d",
        name=name,
        state="done",
        revision=0,
        position=0,
        rows=0,
        refused=0,
        contacts=0,
        merges=0,
        created_at=NOON,
        updated_at=NOON,
    )
    return found.pk


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


def test_figures_are_counted_once_and_kept_for_a_while(client, monkeypatch):
    monkeypatch.setattr(overview, "kept", Kept(clock=iter([0.0, 9.0, 10.0]).__next__))
    make_contact("a@x.example")
    client.get(FIGURES)
    make_contact("b@x.example")
    assert "1 person of 1 contact" in text_of(client.get(FIGURES))


def test_kept_figures_are_counted_again_when_their_time_is_over():
    clock = iter([0.0, 2.0, 3.0, 202.0, 202.0, 203.0])
    kept, counts = Kept(clock=clock.__next__), iter("abc")
    assert kept.of(1, lambda: next(counts)).counted == "a"
    assert kept.of(1, lambda: next(counts)).counted == "a"
    assert kept.of(1, lambda: next(counts)).counted == "b"


def test_figures_of_few_workspaces_are_kept(monkeypatch):
    monkeypatch.setattr(figures, "MAX_KEPT", 1)
    kept = Kept(clock=iter([0.0, 1.0, 0.0, 1.0, 0.0, 1.0]).__next__)
    for workspace_id in (1, 2, 1):
        assert kept.of(workspace_id, partial(int, workspace_id)).counted == workspace_id


def test_growth_counts_every_month_and_adds_up():
    shown = growth_of([Month("2025-11", 3, 2), Month("2026-01", 1, 0)])
    assert shown.rows == [
        Month("2025-11", 3, 2),
        Month("2025-12", 3, 2),
        Month("2026-01", 4, 2),
    ]
    assert shown.contacts_path == "M0.0 43.0L320.0 43.0L640.0 4.0"
    assert shown.persons_path == "M0.0 82.0L320.0 82.0L640.0 82.0"
    assert growth_of([]) is None
    assert growth_of([Month("2025-11", 3, 2)]) is None


def test_the_overview_shows_growth_imports_and_webhooks(client):
    make_contact("a@x.example", created_at=NOON)
    make_contact("b@x.example", created_at=NOON + timedelta(days=40))
    create_webhook(SCOPE, "https://hooks.shop.example/secret-path")
    import_id = make_import("orders.csv")
    page = client.get("/explorer/")
    text = text_of(page)
    assert "Latest imports orders.csv done" in text
    assert "hooks.shop.example nothing was sent yet" in text
    assert "secret-path" not in text
    assert f'href="/explorer/imports/{import_id}"' in page.content.decode()
    require_strict(page)
    shown = client.get(FIGURES)
    assert "2 contacts 2 persons" in text_of(shown)
    assert "Counted at" in text_of(shown)
    require_strict(shown)
