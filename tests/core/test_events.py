"""The catalogue of events: what each type holds, and how it is written."""

import inspect

import pytest

from reunite.core import events
from reunite.core.events import (
    EVENTS,
    ContactCreated,
    Event,
    LinkRevoked,
    PersonIds,
    PersonSplit,
    PersonsRebuilt,
)
from reunite.core.identifiers.kinds import Ignored, Kind
from reunite.core.payloads import definitions, payload_name, payload_of
from reunite.core.persons.person import Person
from tests.core.contacts import make_contact

CLASSES = {
    each
    for _, each in inspect.getmembers(events, inspect.isclass)
    if issubclass(each, Event) and "type" in vars(each)
}


def person(*ids):
    return Person.of([make_contact(id, email=f"{id}@x.example") for id in ids])


def scalars(schema):
    """The schemas of all values that are neither lists nor objects."""
    if schema.get("type") == "object":
        for name in ("propertyNames", "additionalProperties"):
            if schema.get(name):
                yield from scalars(schema[name])
        for each in schema.get("properties", {}).values():
            yield from scalars(each)
    elif schema.get("type") == "array":
        yield from scalars(schema["items"])
    elif "$ref" not in schema:
        yield schema


def test_every_class_of_an_event_is_in_the_catalogue_once():
    assert set(EVENTS.values()) == CLASSES
    assert len(EVENTS) == len(CLASSES)
    assert all(kind.type == type for type, kind in EVENTS.items())


@pytest.mark.parametrize("kind", [PersonIds, *EVENTS.values()])
def test_events_are_frozen_and_have_slots(kind):
    assert kind.__dataclass_params__.frozen
    assert "__slots__" in vars(kind)


def test_payloads_have_no_field_of_free_text():
    for name, schema in definitions("#/").items():
        for each in scalars(schema):
            # The names of kinds have a pattern.
            assert each["type"] == "integer" or each.get("enum") or each["pattern"], name


def test_fields_are_written_by_their_names_in_camel_case_and_nothing_is_null():
    event = LinkRevoked(link_id=3, separation_ids=())
    assert payload_of(event) == {"before": [], "after": [], "linkId": 3, "separationIds": []}
    assert payload_of(ContactCreated(contact_id=1)) == {"contactId": 1}
    assert payload_of(ContactCreated(contact_id=1, ignored={Kind.PHONE: Ignored.BLOCKED})) == {
        "contactId": 1,
        "ignored": {"phone": "blocked"},
    }
    assert payload_name(LinkRevoked, "separation_ids") == "separationIds"
    with pytest.raises(KeyError):
        payload_name(LinkRevoked, "separation")


def test_each_person_that_results_has_an_event_that_holds_all():
    event = PersonsRebuilt()
    told = dict(event.of([person(1, 2)], [person(1), person(2)]))
    assert told.keys() == {1, 2}
    assert told[1] == told[2]
    assert payload_of(told[1]) == {
        "before": [{"personId": 1, "contactIds": [1, 2]}],
        "after": [{"personId": 1, "contactIds": [1]}, {"personId": 2, "contactIds": [2]}],
    }


def test_without_a_person_that_results_each_that_was_has_an_event():
    told = dict(PersonsRebuilt().of([person(1), person(2)], []))
    assert told.keys() == {1, 2}
    assert all(payload_of(each)["after"] == [] for each in told.values())


def test_of_very_many_persons_only_the_oldest_has_an_event_that_holds_all():
    ids = range(1, events.MAX_TOLD_WHOLE + 2)
    event = PersonSplit(contact_ids=(1,), revoked_link_ids=(7,), separation_ids=())
    (_, whole), *parts = event.of([person(*ids)], map(person, ids))
    assert len(whole.after) == len(ids)
    assert whole.revoked_link_ids == (7,)
    for id, part in parts:
        assert payload_of(part) == {
            "before": [{"personId": 1, "contactIds": [id]}],
            "after": [{"personId": id, "contactIds": [id]}],
        }


def test_contacts_that_were_nobodys_have_no_person_before():
    ids = range(1, events.MAX_TOLD_WHOLE + 2)
    *_, (_, last) = PersonsRebuilt().of([person(1)], map(person, ids))
    assert last.before == ()
