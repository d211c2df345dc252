"""Which order of which import joined two: links, evidence and history tell it."""

import pytest

from reunite.bulk import job
from reunite.core.scope import default_scope
from reunite.models import Event, Link
from reunite.services.identify.identify import identify
from reunite.services.persons.explain import explain
from reunite.services.persons.show import (
    show_evidence,
    show_history,
    show_orders,
    show_person,
)
from reunite.services.repair.links import list_links
from tests.builders import make_contact, set_policy
from tests.imports.files import import_files
from tests.imports.ways import by_upload
from tests.scopes import SCOPE

COLUMNS = "email,phone,created_at,external_id,source"
ORDERS = [
    "a@x.example,1,2026-01-01,o1,shop",
    "b@x.example,2,2026-01-02,o2,till",
    "a@x.example,2,2026-01-03,o3,phone desk",
    "c@x.example,2,2026-01-04,,",
    "b@x.example,1,2026-01-05,o5,shop",  # Says nothing new.
]
STOPS_NEWCOMERS = {"limits": {"phonesPerPerson": 2}}


def write(path, rows):
    path.write_text("\n".join([COLUMNS, *rows, ""]))
    return path


def joined_by(links):
    return [(link.import_id, link.request_id, link.external_id, link.source) for link in links]


def live_links():
    return joined_by(Link.objects.filter(state="live").order_by("id"))


@pytest.mark.parametrize("policy", [{}, STOPS_NEWCOMERS])
def test_a_first_load_names_the_order_that_joined_two(tmp_path, policy):
    set_policy(**policy)
    report = import_files(write(tmp_path / "orders.csv", ORDERS))

    assert live_links() == [(report.import_id, None, "o3", "phone desk")]


@pytest.mark.parametrize("policy", [{}, STOPS_NEWCOMERS])
def test_a_later_file_names_the_order_that_joined_two(tmp_path, policy):
    set_policy(**policy)
    identify(SCOPE, "z@x.example", None)
    report = import_files(write(tmp_path / "orders.csv", ORDERS))

    assert live_links() == [(report.import_id, None, "o3", "phone desk")]
    (listed,) = list_links(SCOPE, state="live", after=0, limit=9)
    assert joined_by([listed]) == live_links()


def test_a_later_file_that_joins_stored_persons_names_the_order(tmp_path):
    make_contact("a@x.example", "1")
    make_contact("b@x.example", "2")
    report = import_files(write(tmp_path / "orders.csv", ORDERS[2:3]))
    assert live_links() == [(report.import_id, None, "o3", "phone desk")]


def test_an_upload_names_the_order_that_joined_two(tmp_path):
    by_upload(tmp_path, write(tmp_path / "orders.csv", ORDERS))
    ((import_id, *order),) = live_links()
    assert import_id is not None
    assert order == [None, "o3", "phone desk"]


def test_an_order_without_a_name_leaves_the_import_alone(tmp_path):
    identify(SCOPE, "z@x.example", None)
    rows = [row.replace("o3,phone desk", ",") for row in ORDERS]
    report = import_files(write(tmp_path / "orders.csv", rows))
    assert live_links() == [(report.import_id, None, None, None)]


def test_the_link_of_a_held_merge_names_the_first_order_that_was_stopped(tmp_path):
    set_policy(limits={"phonesPerPerson": 1})
    rows = [*ORDERS[:3], "a@x.example,2,2026-01-05,o5,shop"]
    report = import_files(write(tmp_path / "orders.csv", rows))

    (held,) = Link.objects.filter(state="held")
    assert joined_by([held]) == [(report.import_id, None, "o3", "phone desk")]
    person = identify(SCOPE, "a@x.example", None).person
    history = show_history(SCOPE, person.id, after=0, limit=9)
    (event,) = [each for each in history.events if each.type == "merge.held"]
    assert event.import_id == report.import_id
    assert [each.order for each in history.brought[event.position]] == [("o3", "phone desk")]


def test_every_step_between_two_names_its_order(tmp_path):
    report = import_files(write(tmp_path / "orders.csv", ORDERS))
    person = identify(SCOPE, "a@x.example", None).person
    first, second = (contact.id for contact in person.contacts[:2])

    explained = explain(SCOPE, first, second)
    by_contact, by_link, last = (step.source for step in explained.steps)

    assert explained.orders[by_contact.id] == ("o1", "shop")
    assert joined_by([by_link]) == [(report.import_id, None, "o3", "phone desk")]
    assert explained.orders[last.id] == ("o2", "till")
    assert show_evidence(SCOPE, first).orders == explained.orders
    assert show_orders(explained.steps) == {first: ("o1", "shop"), second: ("o2", "till")}
    assert [each.order for each in show_person(SCOPE, first).contacts.values()] == [
        ("o1", "shop"),
        ("o2", "till"),
        (None, None),
    ]


def test_the_history_of_a_loaded_person_begins_with_the_load(tmp_path):
    report = import_files(write(tmp_path / "orders.csv", ORDERS))
    identify(SCOPE, "stranger@x.example", None)
    person = identify(SCOPE, "a@x.example", "77").person

    history = show_history(SCOPE, person.contacts[1].id, after=0, limit=9)

    assert [(each.type, each.import_id) for each in history.events] == [
        ("import.loaded", report.import_id),
        ("contact.created", None),
    ]
    load = history.events[0]
    assert load.payload["importId"] == report.import_id
    assert history.brought == {
        load.position: [
            (person.contacts[0].id, None, ("o1", "shop")),
            (person.contacts[1].id, None, ("o2", "till")),
            (person.contacts[2].id, None, (None, None)),
        ]
    }
    rest = show_history(SCOPE, person.id, after=load.position, limit=9)
    assert [each.type for each in rest.events] == ["contact.created"]


def test_the_history_of_who_came_later_does_not_begin_with_the_load(tmp_path):
    import_files(write(tmp_path / "orders.csv", ORDERS))
    stranger = identify(SCOPE, "stranger@x.example", None).person
    history = show_history(SCOPE, stranger.id, after=0, limit=9)
    assert [each.type for each in history.events] == ["contact.created"]


def test_a_load_without_a_contact_is_in_nobodys_history(tmp_path):
    import_files(write(tmp_path / "orders.csv", ["n/a,,2026-01-01,o1,shop"]))
    stranger = identify(SCOPE, "stranger@x.example", None).person
    history = show_history(SCOPE, stranger.id, after=0, limit=9)
    assert [each.type for each in history.events] == ["contact.created"]


def test_the_history_of_a_later_file_names_its_orders(tmp_path):
    identify(SCOPE, "z@x.example", None)
    report = import_files(write(tmp_path / "orders.csv", ORDERS))
    person = identify(SCOPE, "a@x.example", None).person
    link = Link.objects.get()

    history = show_history(SCOPE, person.id, after=0, limit=9)

    assert [each.type for each in history.events] == [
        "contact.created",
        "contact.created",
        "person.merged",
        "contact.created",
    ]
    assert {each.import_id for each in history.events} == {report.import_id}
    positions = [each.position for each in history.events]
    assert history.brought == {
        positions[0]: [(person.contacts[0].id, None, ("o1", "shop"))],
        positions[1]: [(person.contacts[1].id, None, ("o2", "till"))],
        positions[2]: [(None, link.id, ("o3", "phone desk"))],
    }


def test_each_merge_of_a_later_file_names_its_own_link(tmp_path, monkeypatch):
    monkeypatch.setattr(job, "CHUNK_ROWS", 3)
    identify(SCOPE, "z@x.example", None)
    rows = [f"p{n}@x.example,{n},2026-01-01,o{n},shop" for n in range(10, 16)]
    rows += [f"p{n}@x.example,{n + 1},2026-01-01,m{n},shop" for n in range(10, 15)]
    import_files(write(tmp_path / "orders.csv", rows))

    merges = Event.objects.filter(type="person.merged").order_by("position")
    links = {link.id: link.external_id for link in Link.objects.all()}
    assert [links[each.payload["linkId"]] for each in merges] == [f"m{n}" for n in range(10, 15)]


def test_a_merge_by_a_request_names_its_link():
    identify(SCOPE, "a@x.example", "1")
    identify(SCOPE, "b@x.example", "2")
    identify(default_scope("r3"), "a@x.example", "2")
    (event,) = Event.objects.filter(type="person.merged")
    link = Link.objects.get()
    assert event.payload["linkId"] == link.id
    assert (link.import_id, event.import_id) == (None, None)
