from datetime import UTC, datetime, timedelta

import pytest

from reunite.core.errors import InvalidRequest
from reunite.core.identify.plan import Outcome
from reunite.core.scope import Scope, default_scope
from reunite.models import Contact, Event, Link, Workspace
from reunite.services.identify.identify import identify
from tests.builders import make_contact, stored_rows
from tests.scopes import SCOPE


def answer_of(identified):
    person = identified.person
    return person.id, person.emails, person.phone_numbers, person.secondary_ids


def test_nobody_known_makes_a_primary():
    identified = identify(SCOPE, "lorraine@hillvalley.edu", "123456")

    assert identified.outcome is Outcome.CREATED
    (contact,) = Contact.objects.all()
    assert (contact.link_precedence, contact.linked_id) == ("primary", None)
    assert contact.created_at == contact.updated_at
    assert abs(datetime.now(UTC) - contact.created_at) < timedelta(minutes=1)
    assert answer_of(identified) == (contact.id, ["lorraine@hillvalley.edu"], ["123456"], [])


def test_something_new_makes_a_secondary_with_the_values_as_given():
    primary = make_contact("lorraine@hillvalley.edu", "123456")

    identified = identify(SCOPE, "McFly@hillvalley.edu", "123-456")

    assert identified.outcome is Outcome.LINKED
    new = Contact.objects.get(email="McFly@hillvalley.edu")
    assert (new.phone_number, new.phone_key) == ("123-456", "123456")
    assert (new.link_precedence, new.linked_id) == ("secondary", primary.id)
    assert answer_of(identified) == (
        primary.id,
        ["lorraine@hillvalley.edu", "McFly@hillvalley.edu"],
        ["123456"],
        [new.id],
    )


def test_a_new_value_beside_a_known_secondary_links_to_the_primary_never_the_secondary():
    primary = make_contact("lorraine@hillvalley.edu", "123456")
    make_contact("mcfly@hillvalley.edu", "123456", primary=primary)

    identify(SCOPE, "mcfly@hillvalley.edu", "999")

    assert Contact.objects.get(phone_number="999").linked_id == primary.id


@pytest.mark.parametrize(
    ("email", "phone"),
    [
        ("lorraine@hillvalley.edu", "123456"),
        ("mcfly@hillvalley.edu", "999"),
        ("lorraine@hillvalley.edu", "999"),
        ("mcfly@hillvalley.edu", None),
        (None, "999"),
        (" LORRAINE@hillvalley.edu", "12 34 56"),
    ],
)
def test_what_is_known_already_changes_nothing_also_across_two_rows(email, phone):
    primary = make_contact("lorraine@hillvalley.edu", "123456")
    secondary = make_contact("mcfly@hillvalley.edu", "999", primary=primary)
    before = stored_rows()

    identified = identify(SCOPE, email, phone)

    assert identified.outcome is Outcome.UNCHANGED
    assert answer_of(identified) == (
        primary.id,
        ["lorraine@hillvalley.edu", "mcfly@hillvalley.edu"],
        ["123456", "999"],
        [secondary.id],
    )
    assert stored_rows() == before
    assert not Event.objects.exists()


def test_merging_two_persons_keeps_the_older_primary_and_repoints_the_secondaries():
    older = make_contact("a@x.example", "1")
    younger = make_contact("b@x.example", "2")
    of_younger = make_contact("b2@x.example", "2", primary=younger)
    of_older = make_contact("a2@x.example", "1", primary=older)

    identified = identify(SCOPE, "b@x.example", "1")

    assert identified.outcome is Outcome.MERGED
    assert answer_of(identified) == (
        older.id,
        ["a@x.example", "b@x.example", "b2@x.example", "a2@x.example"],
        ["1", "2"],
        [younger.id, of_younger.id, of_older.id],
    )
    rows = {contact.id: contact for contact in Contact.objects.all()}
    assert len(rows) == 4
    assert {rows[c.id].linked_id for c in (younger, of_younger, of_older)} == {older.id}
    merged_at = rows[younger.id].updated_at
    assert rows[older.id].updated_at == rows[of_younger.id].updated_at == merged_at
    assert merged_at > younger.created_at
    assert rows[of_older.id].updated_at == of_older.updated_at


def test_a_merge_through_two_secondaries_is_noticed():
    older = make_contact("a@x.example", "1")
    make_contact("a2@x.example", "1", primary=older)
    younger = make_contact("b@x.example", "2")
    make_contact("b@x.example", "22", primary=younger)

    identified = identify(SCOPE, "a2@x.example", "22")

    assert identified.outcome is Outcome.MERGED
    assert identified.person.id == older.id
    assert len(identified.person.contacts) == 4


def test_a_merge_leaves_its_evidence_and_its_event():
    older = make_contact("a@x.example", "1")
    younger = make_contact("b@x.example", "2")
    of_younger = make_contact("b2@x.example", "2", primary=younger)

    identify(default_scope("order-17"), "A@x.example", "2")

    (link,) = Link.objects.all()
    assert (link.left_kind, link.left_key) == ("email", "a@x.example")
    assert (link.right_kind, link.right_key) == ("phone", "2")
    assert (link.origin, link.state, link.request_id) == ("request", "live", "order-17")
    (event,) = Event.objects.all()
    assert (event.type, event.person_id, event.request_id) == (
        "person.merged",
        older.id,
        "order-17",
    )
    assert event.payload["absorbedId"] == younger.id
    assert sorted(event.payload["contactIds"]) == [younger.id, of_younger.id]
    assert event.created_at == link.created_at


def test_every_new_contact_has_its_event():
    first = identify(default_scope("r1"), "a@x.example", "1").person
    second = identify(default_scope("r2"), "b@x.example", "1").person

    events = list(
        Event.objects.order_by("position").values_list("type", "person_id", "payload", "request_id")
    )
    assert events == [
        ("contact.created", first.id, {"contactId": first.id}, "r1"),
        ("contact.created", first.id, {"contactId": second.secondary_ids[0]}, "r2"),
    ]


def test_strangers_with_one_value_each_stay_strangers():
    identified = [
        identify(SCOPE, "a@x.example", None),
        identify(SCOPE, "b@x.example", None),
        identify(SCOPE, None, "1"),
        identify(SCOPE, None, "2"),
    ]

    assert {each.outcome for each in identified} == {Outcome.CREATED}
    assert len({each.person.id for each in identified}) == 4


def test_three_requests_in_a_line_are_one_person():
    identify(SCOPE, "abc@x.example", "123")
    identify(SCOPE, "xyz@x.example", "123")

    person = identify(SCOPE, "abc@x.example", "456").person

    assert person.emails == ["abc@x.example", "xyz@x.example"]
    assert person.phone_numbers == ["123", "456"]


def test_a_deleted_contact_matches_nothing_and_is_not_listed():
    primary = make_contact("a@x.example", "1")
    make_contact("gone@x.example", "1", primary=primary, deleted_at=datetime.now(UTC))

    assert identify(SCOPE, "a@x.example", "1").person.emails == ["a@x.example"]
    assert identify(SCOPE, "gone@x.example", None).outcome is Outcome.CREATED


def test_contacts_of_a_deleted_primary_still_answer():
    primary = make_contact("gone@x.example", "1", deleted_at=datetime.now(UTC))
    secondary = make_contact("a@x.example", "2", primary=primary)

    assert answer_of(identify(SCOPE, "a@x.example", "2")) == (
        secondary.id,
        ["a@x.example"],
        ["2"],
        [],
    )


def test_nothing_links_across_workspaces():
    make_contact("a@x.example", "1")
    other = Workspace.objects.create(name="another shop")

    identified = identify(Scope(other.id), "a@x.example", "1")

    assert identified.outcome is Outcome.CREATED
    assert Contact.objects.get(id=identified.person.id).workspace_id == other.id


def test_a_newcomer_to_a_primary_with_a_time_to_come_is_still_younger():
    tomorrow = datetime.now(UTC) + timedelta(days=1)
    primary = make_contact("a@x.example", "1", created_at=tomorrow)

    identified = identify(SCOPE, "a@x.example", "2")

    assert identified.person.id == primary.id
    assert identified.person.contacts[1].created_at > tomorrow


def test_ids_are_never_used_again():
    last = identify(SCOPE, "a@x.example", "1").person.id
    Event.objects.all().delete()
    Contact.objects.all().delete()

    assert identify(SCOPE, "a@x.example", "1").person.id > last


def test_an_invalid_request_stores_nothing():
    with pytest.raises(InvalidRequest):
        identify(SCOPE, "no at sign", "123")

    assert not Contact.objects.exists()
    assert not Event.objects.exists()


def test_the_default_region_is_a_setting(settings):
    settings.REUNITE = {"DEFAULT_REGION": "US"}
    first = identify(SCOPE, None, "(415) 555-2671").person

    assert identify(SCOPE, None, "14155552671").person == first
    assert first.phone_numbers == ["(415) 555-2671"]
