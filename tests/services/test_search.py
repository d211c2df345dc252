"""Who holds a value is found whether it counts or not; and whether it does is told."""

import pytest

from reunite.core.errors import InvalidRequest, NoUsableIdentifier
from reunite.models import Contact
from reunite.services.identify.identify import identify
from reunite.services.identify.resolve import resolve
from reunite.services.persons import search as searching
from reunite.services.persons.search import search
from reunite.services.repair.delete import delete_contact
from reunite.services.repair.retire import retire
from reunite.services.repair.split import split
from tests.builders import set_policy
from tests.scopes import SCOPE


def told(found):
    contacts = [(each.contact_id, each.person_id, each.standing) for each in found.contacts]
    return found.standing, contacts, [person.id for person in found.persons]


@pytest.fixture
def sharers():
    """The ids of two contacts with one phone number."""
    person = identify(SCOPE, "a@x.example", "800-500").person
    identify(SCOPE, "b@x.example", "800500")
    return person.id, identify(SCOPE, "b@x.example", None).person.secondary_ids[0]


def test_a_value_that_counts_is_found_in_any_spelling(sharers):
    one, two = sharers
    found = search(SCOPE, phone_number="(800) 500")
    assert told(found) == ("counts", [(one, one, "counts"), (two, one, "counts")], [one])
    assert told(search(SCOPE, email="A@x.example")) == ("counts", [(one, one, "counts")], [one])


def test_a_retired_value_is_found_though_it_counts_for_nobody(sharers):
    one, two = sharers
    retire(SCOPE, phone_number="800500")

    found = search(SCOPE, phone_number="800 500")

    assert told(found) == ("retired", [(one, one, "retired"), (two, two, "retired")], [one, two])
    with pytest.raises(NoUsableIdentifier, match="POST /persons/search"):
        resolve(SCOPE, None, "800500")


def test_a_value_that_a_split_withheld_is_found_with_both(sharers):
    one, two = sharers
    split(SCOPE, one, [two])
    found = search(SCOPE, phone_number="800500")
    assert told(found) == ("counts", [(one, one, "counts"), (two, two, "withheld")], [one, two])


def test_a_blocked_value_and_a_kept_mailbox_are_found():
    set_policy(preset="protect", blocked={"emails": ["shop@x.example"]})
    blocked = identify(SCOPE, "shop@x.example", "5550101").person.id
    role = identify(SCOPE, "info@y.example", "5550102").person.id

    assert told(search(SCOPE, email="shop@x.example")) == (
        "blocked",
        [(blocked, blocked, "blocked")],
        [blocked],
    )
    assert told(search(SCOPE, email="info@y.example")) == (
        "placeholder",
        [(role, role, "placeholder")],
        [role],
    )


def test_nobody_holds_what_nobody_gave_or_what_was_deleted(sharers):
    retire(SCOPE, email="a@x.example")
    assert told(search(SCOPE, email="c@x.example")) == ("counts", [], [])
    delete_contact(SCOPE, sharers[0])
    assert told(search(SCOPE, email="a@x.example")) == ("retired", [], [])


def test_a_stored_value_that_cannot_be_read_any_more_is_no_ones(sharers):
    retire(SCOPE, email="a@x.example")
    Contact.objects.filter(pk=sharers[1]).update(email="no email", email_key=None)
    found = search(SCOPE, email="a@x.example")
    assert [each.contact_id for each in found.contacts] == [sharers[0]]


def test_no_more_is_found_than_is_allowed(monkeypatch):
    monkeypatch.setattr(searching, "MAX_CONTACTS", 2)
    monkeypatch.setattr(searching, "MAX_PERSONS", 1)
    for name in "abc":
        identify(SCOPE, f"{name}@x.example", "1")
    identify(SCOPE, "d@x.example", "2")
    ids = [contact.id for contact in identify(SCOPE, None, "1").person.contacts]
    assert [each.contact_id for each in search(SCOPE, phone_number="1").contacts] == ids[:2]
    retire(SCOPE, phone_number="1")
    found = search(SCOPE, phone_number="1")
    assert [each.contact_id for each in found.contacts] == ids[:2]
    assert [person.id for person in found.persons] == ids[:1]


@pytest.mark.parametrize(
    "values", [(None, None), ("a@x.example", "1"), ("a@b", None), (None, "x"), (" ", None)]
)
def test_one_value_is_asked_for(values):
    with pytest.raises(InvalidRequest):
        search(SCOPE, *values)


@pytest.mark.parametrize(
    ("email", "phone_number"),
    [("n/a", None), (" NONE ", None), (None, "none"), (None, "n/a"), ("[null]", None)],
)
def test_a_word_that_says_nothing_is_searched_for_too(sharers, email, phone_number):
    identify(SCOPE, "n/a", "7001")
    assert told(search(SCOPE, email, phone_number)) == ("placeholder", [], [])
    Contact.objects.filter(pk=sharers[0]).update(email=" None", email_key=None)
    found = search(SCOPE, "none")
    assert told(found) == ("placeholder", [(sharers[0], sharers[0], "placeholder")], [sharers[0]])


def test_without_placeholders_such_a_word_is_no_value():
    set_policy(placeholders=False)
    with pytest.raises(InvalidRequest):
        search(SCOPE, "n/a")
