"""Whether the values of a person's contacts count is told for each contact."""

import pytest

from reunite.core.identifiers.kinds import Kind
from reunite.models import Contact
from reunite.services.identify.identify import identify
from reunite.services.persons.show import show_contacts, show_person
from reunite.services.repair.retire import restore, retire
from reunite.services.repair.split import split
from tests.builders import set_policy
from tests.scopes import SCOPE


def told(id):
    known = show_person(SCOPE, id).standings
    assert show_contacts(SCOPE, id, after=0, limit=99).standings == known
    return {id: tuple(map(each.get, Kind)) for id, each in known.items()}


def test_what_counts_and_what_is_missing_is_told():
    one = identify(SCOPE, "a@x.example", None).person.id
    two = identify(SCOPE, "a@x.example", "1").person.secondary_ids[0]
    assert told(one) == {one: ("counts", None), two: ("counts", "counts")}


def test_what_is_retired_counts_again_when_it_is_restored():
    one = identify(SCOPE, "a@x.example", "1").person.id
    retire(SCOPE, phone_number="1")
    assert told(one) == {one: ("counts", "retired")}
    restore(SCOPE, phone_number="1")
    assert told(one) == {one: ("counts", "counts")}


@pytest.mark.parametrize("is_retired", [False, True])
def test_what_a_split_withheld_is_told_also_if_it_is_retired_since(is_retired):
    one = identify(SCOPE, "a@x.example", "1").person.id
    two = identify(SCOPE, "b@x.example", "1").person.secondary_ids[0]
    split(SCOPE, one, [two])
    if is_retired:
        retire(SCOPE, phone_number="1")
    assert told(one) == {one: ("counts", "retired" if is_retired else "counts")}
    assert told(two) == {two: ("counts", "withheld")}


def test_what_the_policy_ignores_or_cannot_read_is_told():
    set_policy(preset="protect", blocked={"phoneNumbers": ["5550101"]})
    one = identify(SCOPE, "info@x.example", "7001").person.id
    two = identify(SCOPE, "a@x.example", "5550101").person.id
    three = identify(SCOPE, "b@x.example", None).person.id
    Contact.objects.filter(pk=three).update(email="no address", email_key=None)
    assert told(one) == {one: ("placeholder", "counts")}
    assert told(two) == {two: ("counts", "blocked")}
    assert told(three) == {three: ("unreadable", None)}
