"""A dry run says what a repair would do, and leaves everything as it is."""

import pytest

from reunite.models import Contact, Event, Link, Repair, Retired, Separation, Tombstone
from reunite.services.identify.identify import identify
from reunite.services.repair.delete import delete_contact
from reunite.services.repair.erase import erase
from reunite.services.repair.links import (
    approve_link,
    join,
    list_links,
    reject_link,
    restore_link,
    revoke_link,
)
from reunite.services.repair.retire import restore, retire
from reunite.services.repair.split import split
from tests.builders import make_contact, make_held
from tests.scopes import SCOPE

TABLES = (Contact, Event, Link, Repair, Retired, Separation, Tombstone)


def rows():
    return {table.__name__: list(table.objects.order_by("pk").values()) for table in TABLES}


def ids(persons):
    return [[contact.id for contact in person.contacts] for person in persons]


@pytest.fixture
def couple():
    """The ids of two contacts that share a phone, and of the link by which a third joined them."""
    one = identify(SCOPE, "a@x.example", "555-0101").person.id
    two = identify(SCOPE, "b@x.example", "555-0101").person.secondary_ids[0]
    three = identify(SCOPE, "c@x.example", None).person.id
    identify(SCOPE, "c@x.example", "555-0101")
    (link,) = list_links(SCOPE, state="live", after=0, limit=9)
    return one, two, three, link.id


REPAIRS = {
    "split": lambda one, two, three, link_id, **dry: split(SCOPE, one, [two], **dry),
    "delete": lambda one, two, three, link_id, **dry: delete_contact(SCOPE, one, **dry),
    "retire": lambda one, two, three, link_id, **dry: retire(SCOPE, None, "555-0101", **dry),
    "revoke": lambda one, two, three, link_id, **dry: revoke_link(
        SCOPE, link_id, keep_apart=True, **dry
    ),
}


@pytest.mark.parametrize("name", REPAIRS)
def test_a_dry_run_answers_as_the_repair_does_and_writes_nothing(couple, name):
    before = rows()

    tried = REPAIRS[name](*couple, dry_run=True)

    assert rows() == before
    assert tried.undo is None
    assert ids(tried.before) == [list(couple[:3])]
    done = REPAIRS[name](*couple)
    assert ids(done.persons) == ids(tried.persons) != ids(tried.before)
    assert done.connected_by == tried.connected_by
    assert done.before is None
    assert done.undo is not None


def test_links_are_decided_about_and_joined_on_trial():
    one = make_contact("a@x.example", "5550101").id
    two = make_contact("b@x.example", "5550102").id
    held_id = make_held("a@x.example", "5550102")
    before = rows()

    for tried, count in (
        (approve_link(SCOPE, held_id, dry_run=True), 1),
        (reject_link(SCOPE, held_id, keep_apart=True, dry_run=True), 2),
        (join(SCOPE, one, two, dry_run=True), 1),
    ):
        assert len(tried.persons) == count
        assert ids(tried.before) == [[one], [two]]
    assert rows() == before

    approve_link(SCOPE, held_id)
    assert ids(join(SCOPE, one, two, dry_run=True).before) == [[one, two]]
    revoke_link(SCOPE, held_id)
    before = rows()
    assert ids(restore_link(SCOPE, held_id, dry_run=True).persons) == [[one, two]]
    assert rows() == before


def test_restoring_and_retiring_again_are_tried(couple):
    retire(SCOPE, None, "555-0101")
    before = rows()
    assert retire(SCOPE, None, "555-0101", dry_run=True).before == []
    assert ids(restore(SCOPE, None, "555-0101", dry_run=True).persons) == [list(couple[:3])]
    assert rows() == before


def test_erasing_on_trial_names_the_contacts_and_leaves_them(couple):
    before = rows()
    tried = erase(SCOPE, couple[0], dry_run=True)
    assert rows() == before
    assert tried.contact_ids == list(couple[:3])
    assert tried.remaining == ()
    assert erase(SCOPE, couple[0]).contact_ids == tried.contact_ids
