"""While somebody types, persons are suggested by what their identifiers begin with."""

from reunite.services.identify.identify import identify
from reunite.services.persons.suggest import MAX_PERSONS, suggest
from reunite.services.repair.delete import delete_contact
from reunite.services.repair.retire import retire
from tests.builders import make_contact, set_policy
from tests.scopes import SCOPE


def suggested(text):
    return [
        (each.person.id, each.identifier and each.identifier.key) for each in suggest(SCOPE, text)
    ]


def test_a_beginning_finds_persons_in_the_order_of_their_keys():
    marty = identify(SCOPE, "Mcfly@hillvalley.edu", "+1 415 555 2671").person.id
    lorraine = identify(SCOPE, "lorraine@hillvalley.edu", None).person.id
    mary = identify(SCOPE, "mary@hillvalley.edu", None).person.id

    assert suggested("M") == [(mary, "mary@hillvalley.edu"), (marty, "mcfly@hillvalley.edu")]
    assert suggested("lorraine@hillvalley.edu") == [(lorraine, "lorraine@hillvalley.edu")]
    assert suggested("1 (415)") == [(marty, "+14155552671")]
    assert suggested("nobody") == suggested(" ") == []


def test_an_id_finds_the_person_of_its_contact():
    # No id begins with 0, so an id is not the beginning of the number, too.
    person = identify(SCOPE, "a@x.example", "0555").person.id
    other = identify(SCOPE, "b@x.example", "0555").person.secondary_ids[0]

    assert suggested(f" {other} ") == [(person, None)]
    delete_contact(SCOPE, other)
    assert suggested(str(other)) == []
    assert suggested(str(2**70)) == suggested("987654321987654321") == []


def test_a_text_of_any_length_is_read():
    assert suggest(SCOPE, "9" * 5_000) == []


def test_a_retired_value_is_not_suggested():
    identify(SCOPE, "a@x.example", "800500")
    retire(SCOPE, phone_number="800500")
    assert suggested("800") == []


def test_the_number_of_persons_is_bounded_and_each_is_suggested_once():
    for number in range(MAX_PERSONS + 1):
        make_contact(f"shopper{number}@x.example", f"555010{number}")
    assert len(suggested("shopper")) == MAX_PERSONS
    primary = make_contact("one@y.example")
    make_contact("one.more@y.example", primary=primary)
    assert suggested("one") == [(primary.id, "one.more@y.example")]


def test_a_person_is_suggested_once_whatever_begins_so():
    person = identify(SCOPE, "ann@x.example", "5550101").person.id
    identify(SCOPE, "anna@x.example", "5550101")
    assert suggested("ann") == [(person, "ann@x.example")]


def test_values_of_declared_kinds_are_suggested():
    set_policy(kinds={"customerNumber": {}})
    numbers = {"customerNumber": ["KD-4711"]}
    person = identify(SCOPE, None, None, identifiers=numbers).person.id
    assert suggested("kd") == [(person, "KD-4711")]
    assert suggested("K" * 300) == []
