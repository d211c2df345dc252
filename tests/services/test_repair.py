from datetime import UTC, datetime

import pytest

from reunite.core.errors import (
    ContactDeleted,
    ContactNotFound,
    LinkNotFound,
)
from reunite.core.identify.plan import Outcome
from reunite.models import Contact, Event, Link
from reunite.services.audit.check import check
from reunite.services.identify.identify import identify
from reunite.services.repair.delete import delete_contact
from reunite.services.repair.links import join, list_links, revoke_link
from reunite.services.repair.retire import retire
from tests.builders import make_contact, stored_rows
from tests.services.test_taking_out import without_repair


@pytest.fixture(autouse=True)
def consistent():
    """Whatever a test does, what is stored is what the evidence says."""
    yield
    assert list(check()) == []


def only_link():
    return Link.objects.get().pk


def ids(repaired):
    return [[contact.id for contact in person.contacts] for person in repaired.persons]


def last_event():
    """The type of the last event, the persons it was told of, and its payload."""
    last = Event.objects.latest("position")
    same = Event.objects.filter(type=last.type, created_at=last.created_at).order_by("position")
    assert {str(each.payload) for each in same} == {str(last.payload)}
    return last.type, [each.person_id for each in same], without_repair(last.payload)


class TestDeleteContact:
    def test_whom_it_alone_joined_part(self):
        first = identify("a@x.example", "1").person.id
        bridge = identify("a@x.example", "2").person.secondary_ids[0]
        last = identify("b@x.example", "2").person.secondary_ids[1]

        repaired = delete_contact(bridge, request_id="r1")

        assert ids(repaired) == [[first], [last]]
        assert last_event() == (
            "contact.deleted",
            [first, last],
            {
                "contactId": bridge,
                "revokedLinkIds": [],
                "before": [{"personId": first, "contactIds": [first, bridge, last]}],
                "after": [
                    {"personId": first, "contactIds": [first]},
                    {"personId": last, "contactIds": [last]},
                ],
            },
        )

    def test_it_matches_nothing_any_more(self):
        gone = identify("a@x.example", "1").person.id

        assert ids(delete_contact(gone)) == []

        again = identify("a@x.example", "1")
        assert again.outcome is Outcome.CREATED
        assert again.person.id != gone

    def test_the_oldest_that_is_left_takes_the_place_of_a_primary(self):
        primary = identify("a@x.example", "1").person.id
        second, third = (identify(f"{name}@x.example", "1").person.contacts[-1].id for name in "bc")

        assert ids(delete_contact(primary)) == [[second, third]]

        rows = {row[0]: row[3:5] for row in stored_rows()}
        assert rows == {
            primary: (None, "primary"),
            second: (None, "primary"),
            third: (second, "secondary"),
        }
        assert identify("c@x.example", "9").person.id == second

    def test_others_are_left_alone(self):
        other = identify("other@x.example", "9").person
        before = Contact.objects.values().get(pk=other.id)
        delete_contact(identify("a@x.example", "1").person.id)

        assert Contact.objects.values().get(pk=other.id) == before

    def test_a_link_to_an_identifier_that_nobody_carries_any_more_is_revoked(self):
        one = identify("a@x.example", "1").person
        two = identify("b@x.example", "2").person
        identify("a@x.example", "2")

        delete_contact(two.id)

        assert Link.objects.get().state == "revoked"
        assert last_event()[2]["revokedLinkIds"] == [only_link()]
        stranger = identify(None, "2")
        assert stranger.outcome is Outcome.CREATED
        assert stranger.person.id != one.id

    def test_what_is_not_there_cannot_be_deleted(self):
        gone = identify("a@x.example", None).person.id
        delete_contact(gone)

        with pytest.raises(ContactDeleted):
            delete_contact(gone)
        with pytest.raises(ContactNotFound):
            delete_contact(gone + 1)


class TestRevokeLink:
    def test_a_merge_is_undone_to_the_letter(self):
        one = identify("a@x.example", "1").person
        identify("a@x.example", "2")
        two = identify("b@x.example", "3").person
        before = stored_rows()
        persons = [identify("a@x.example", "1").person, two]
        assert identify("a@x.example", "3").outcome is Outcome.MERGED

        repaired = revoke_link(only_link(), reason="not the same")

        assert repaired.persons == persons
        assert stored_rows() == before
        assert identify("b@x.example", "3").person == two
        assert identify("a@x.example", "1").person.id == one.id

    def test_it_is_undone_also_after_later_merges(self):
        for name, phone in (("a", "1"), ("b", "2"), ("c", "3")):
            identify(f"{name}@x.example", phone)
        identify("b@x.example", "3")
        first = only_link()
        identify("a@x.example", "2")

        repaired = revoke_link(first)

        assert [person.emails for person in repaired.persons] == [
            ["a@x.example", "b@x.example"],
            ["c@x.example"],
        ]

    def test_one_person_remains_where_other_evidence_joins_the_ends(self):
        identify("a@x.example", "1")
        identify("b@x.example", "2")
        identify("a@x.example", "2")
        make_contact(
            "a@x.example",
            "2",
            primary=Contact.objects.earliest("id"),
            created_at=datetime.now(UTC),
        )

        (person,) = revoke_link(only_link()).persons

        assert person.emails == ["a@x.example", "b@x.example"]

    def test_again_it_changes_nothing(self):
        identify("a@x.example", "1")
        identify("b@x.example", "2")
        identify("a@x.example", "2")
        once = revoke_link(only_link(), reason="first")
        events = Event.objects.count()

        assert revoke_link(only_link(), reason="second") == once
        assert Event.objects.count() == events
        assert Link.objects.get().reason == "first"

    def test_a_link_whose_contacts_are_gone_leaves_nobody(self):
        one = identify("a@x.example", "1").person.id
        two = identify("b@x.example", "2").person.id
        identify("a@x.example", "2")
        delete_contact(one)
        delete_contact(two)

        assert revoke_link(only_link()).persons == []

    def test_nor_does_one_whose_contacts_were_deleted_by_hand(self):
        identify("a@x.example", "1")
        identify("b@x.example", "2")
        identify("a@x.example", "2")
        Contact.objects.update(deleted_at=datetime.now(UTC))

        assert revoke_link(only_link()).persons == []
        assert Link.objects.get().state == "revoked"

    def test_no_link_of_that_id(self):
        with pytest.raises(LinkNotFound):
            revoke_link(1)


class TestJoin:
    def test_two_persons_become_one_until_the_link_is_revoked(self):
        one = identify("a@x.example", "1").person
        two = identify("b@x.example", "2").person

        (joined,) = join(one.id, two.id, reason="told us").persons

        assert joined.emails == ["a@x.example", "b@x.example"]
        assert identify("b@x.example", None).person == joined
        link = Link.objects.get()
        assert (link.origin, link.reason) == ("operator", "told us")
        assert last_event()[0] == "persons.joined"
        assert revoke_link(link.pk).persons == [one, two]

    def test_one_person_stays_as_it_is(self):
        person = identify("a@x.example", "1").person
        person = identify("a@x.example", "2").person

        assert join(person.id, person.secondary_ids[0]).persons == [person]
        assert not Link.objects.exists()

    def test_a_contact_without_an_identifier_counting_keyss_is_joined_too(self):
        one = identify("a@x.example", "1").person.id
        two = identify("b@x.example", None).person.id
        retire(email="b@x.example")

        assert ids(join(one, two)) == [[one, two]]
        assert identify("a@x.example", None).person.secondary_ids == [two]

    def test_it_does_not_hang_on_what_the_contacts_carry(self):
        one = identify("a@x.example", "1").person.id
        two = identify("b@x.example", "2").person.id
        join(one, two)

        for value in ("a@x.example", "b@x.example"):
            (person,) = retire(email=value).persons
            assert [contact.id for contact in person.contacts] == [one, two]

    def test_it_goes_with_one_of_its_contacts(self):
        one = identify("a@x.example", "1").person.id
        two = identify("b@x.example", "2").person.id
        third = identify("a@x.example", "3").person.contacts[1].id
        join(one, two)

        assert ids(delete_contact(one)) == [[two], [third]]
        assert Link.objects.get().state == "revoked"

    def test_what_is_not_there_cannot_be_joined(self):
        one = identify("a@x.example", "1").person.id
        gone = identify("b@x.example", "2").person.id
        delete_contact(gone)

        with pytest.raises(ContactDeleted):
            join(one, gone)
        with pytest.raises(ContactNotFound):
            join(gone + 1, one)


def test_links_are_listed_by_state_and_page():
    for name, phone in (("a", "1"), ("b", "2"), ("c", "3")):
        identify(f"{name}@x.example", phone)
    identify("a@x.example", "2")
    identify("a@x.example", "3")
    first, second = list_links(state="live", after=0, limit=10)
    revoke_link(first.id, reason="no")

    assert [link.id for link in list_links(state="live", after=0, limit=10)] == [second.id]
    assert list_links(state="live", after=second.id, limit=10) == []
    (revoked,) = list_links(state="revoked", after=0, limit=1)
    assert revoked.reason == "no"
    assert revoked.decided_at is not None
    assert len(set(revoked.person_ids)) == 2


def test_revoking_a_link_again_changes_nothing():
    identify("a@x.example", "1")
    identify("b@x.example", "2")
    identify("a@x.example", "2")
    (link,) = Link.objects.all()
    revoke_link(link.pk)
    rows = stored_rows()

    again = revoke_link(link.pk)

    assert sorted(person.id for person in again.persons)
    assert stored_rows() == rows
