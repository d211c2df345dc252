"""A text finds persons by a whole value, an id, an order, a beginning, or a part of a value."""

import pytest

from reunite.models import Contact, Link
from reunite.services.identify.identify import identify
from reunite.services.persons import find as finding
from reunite.services.persons.find import find, recent
from reunite.services.repair.delete import delete_contact
from reunite.services.repair.retire import retire
from reunite.services.repair.split import split
from reunite.store.persons import finding as stored
from tests.builders import make_contact, set_policy
from tests.scopes import SCOPE


def told(text):
    return [(each.person.id, each.by, each.value, each.standing) for each in find(SCOPE, text).hits]


@pytest.fixture
def lorraine():
    return identify(SCOPE, "lorraine@hillvalley.edu", "+1 415 555 2671").person.id


def test_a_whole_value_is_found_before_those_that_begin_so(lorraine):
    other = identify(SCOPE, "lorraine@hillvalley.edu.example", None).person.id
    assert told(" Lorraine@HillValley.edu ") == [
        (lorraine, "value", "Lorraine@HillValley.edu", "counts"),
        (other, "beginning", "lorraine@hillvalley.edu.example", None),
    ]


def test_a_value_that_does_not_count_is_found_and_why(lorraine):
    other = identify(SCOPE, "doc@hillvalley.edu", "+14155552671").person.secondary_ids[0]
    split(SCOPE, lorraine, [other])
    assert told("+1 415 555 2671") == [
        (lorraine, "value", "+1 415 555 2671", "counts"),
        (other, "value", "+1 415 555 2671", "withheld"),
    ]
    retire(SCOPE, phone_number="+14155552671")
    found = find(SCOPE, "+14155552671")
    assert found.standing == "retired"
    assert {each.standing for each in found.hits} == {"retired", "withheld"}
    assert find(SCOPE, "n/a").standing == "placeholder"


def test_an_id_and_an_order_are_found(lorraine):
    Contact.objects.filter(pk=lorraine).update(external_id="R-77")
    assert told("R-77") == [(lorraine, "order", "R-77", None)]
    assert told(str(lorraine)) == [(lorraine, "id", None, None)]
    delete_contact(SCOPE, lorraine)
    assert told("R-77") == told(str(lorraine)) == []


def test_an_order_that_only_joined_persons_is_found(lorraine):
    doc = identify(SCOPE, "doc@hillvalley.edu", "+14155550000").person.id
    identify(SCOPE, "doc@hillvalley.edu", "+14155552671")
    Link.objects.update(external_id="R-78")
    assert doc != lorraine
    assert told("R-78") == [(lorraine, "order", "R-78", None)]


def test_a_part_of_a_value_is_found_also_where_it_does_not_count(lorraine):
    assert told("hillvalley") == [(lorraine, "part", "lorraine@hillvalley.edu", None)]
    assert told("555-26") == [(lorraine, "part", "+1 415 555 2671", None)]
    assert told("va") == told("100%") == told("l_rraine") == told("") == []
    retire(SCOPE, email="lorraine@hillvalley.edu")
    assert told("VALLEY") == [(lorraine, "part", "lorraine@hillvalley.edu", None)]


def test_a_part_is_looked_for_in_the_latest_contacts(lorraine, monkeypatch):
    doc = identify(SCOPE, "doc@hillvalley.edu", None).person.id
    window = stored._LATEST.replace("20000", "1")
    monkeypatch.setattr(stored, "_LATEST", window)
    assert told("hillvalley") == [(doc, "part", "doc@hillvalley.edu", None)]
    assert [each.contact_id for each in recent(SCOPE, limit=9)] == [doc]


def test_values_of_declared_kinds_are_found():
    set_policy(kinds={"customerNumber": {}, "note": {"links": False}})
    values = {"customerNumber": ["KD-4711"], "note": ["Front door"]}
    person = identify(SCOPE, "a@x.example", None, identifiers=values).person.id
    assert told("KD-4711") == [(person, "value", "KD-4711", "counts")]
    assert told("kd-47") == [(person, "beginning", "KD-4711", None)]
    assert told("Fro") == [(person, "beginning", "Front door", None)]
    assert told("door") == [(person, "part", "Front door", None)]
    assert told("Front") == [(person, "beginning", "Front door", None)]
    # The column has the names of kinds, too.
    assert told("customer") == []
    delete_contact(SCOPE, person)
    assert told("KD-47") == []


def test_of_many_persons_the_first_are_listed(monkeypatch):
    monkeypatch.setattr(finding, "MAX_PERSONS", 2)
    ids = [make_contact(f"a{number}@x.example").id for number in range(3)]
    found = find(SCOPE, "a")
    assert [each.person.id for each in found.hits] == ids[:2]
    assert found.is_cut
    assert not find(SCOPE, "a1").is_cut


def test_the_latest_contacts_are_listed_first(lorraine):
    doc = identify(SCOPE, "doc@hillvalley.edu", "+14155552671").person
    found = recent(SCOPE, limit=2)
    assert [(each.contact_id, each.person_id) for each in found] == [
        (doc.secondary_ids[0], lorraine),
        (lorraine, lorraine),
    ]
    assert found[0].values[0].given == "doc@hillvalley.edu"
