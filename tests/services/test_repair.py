from datetime import UTC, datetime

import pytest

from reunite.core.errors import (
    ContactDeleted,
    ContactNotFound,
    LinkNotFound,
)
from reunite.core.identify.plan import Outcome
from reunite.core.scope import default_scope
from reunite.models import Contact, Event, Link
from reunite.services.audit.check import check
from reunite.services.identify.identify import identify
from reunite.services.repair.delete import delete_contact
from reunite.services.repair.links import join, list_links, revoke_link
from reunite.services.repair.retire import retire
from tests.builders import make_contact, stored_rows
from tests.scopes import SCOPE
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
        first = identify(SCOPE, "a@x.example", "1").person.id
        bridge = identify(SCOPE, "a@x.example", "2").person.secondary_ids[0]
        last = identify(SCOPE, "b@x.example", "2").person.secondary_ids[1]

        repaired = delete_contact(default_scope("r1"), bridge)

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
        gone = identify(SCOPE, "a@x.example", "1").person.id

        assert ids(delete_contact(SCOPE, gone)) == []

        again = identify(SCOPE, "a@x.example", "1")
        assert again.outcome is Outcome.CREATED
        assert again.person.id != gone

    def test_the_oldest_that_is_left_takes_the_place_of_a_primary(self):
        primary = identify(SCOPE, "a@x.example", "1").person.id
        second, third = (
            identify(SCOPE, f"{name}@x.example", "1").person.contacts[-1].id for name in "bc"
        )

        assert ids(delete_contact(SCOPE, primary)) == [[second, third]]

        rows = {row[0]: row[3:5] for row in stored_rows()}
        assert rows == {
            primary: (None, "primary"),
            second: (None, "primary"),
            third: (second, "secondary"),
        }
        assert identify(SCOPE, "c@x.example", "9").person.id == second

    def test_others_are_left_alone(self):
        other = identify(SCOPE, "other@x.example", "9").person
        before = Contact.objects.values().get(pk=other.id)
        delete_contact(SCOPE, identify(SCOPE, "a@x.example", "1").person.id)

        assert Contact.objects.values().get(pk=other.id) == before

    def test_a_link_to_an_identifier_that_nobody_carries_any_more_is_revoked(self):
        one = identify(SCOPE, "a@x.example", "1").person
        two = identify(SCOPE, "b@x.example", "2").person
        identify(SCOPE, "a@x.example", "2")

        delete_contact(SCOPE, two.id)

        assert Link.objects.get().state == "revoked"
        assert last_event()[2]["revokedLinkIds"] == [only_link()]
        stranger = identify(SCOPE, None, "2")
        assert stranger.outcome is Outcome.CREATED
        assert stranger.person.id != one.id

    def test_what_is_not_there_cannot_be_deleted(self):
        gone = identify(SCOPE, "a@x.example", None).person.id
        delete_contact(SCOPE, gone)

        with pytest.raises(ContactDeleted):
            delete_contact(SCOPE, gone)
        with pytest.raises(ContactNotFound):
            delete_contact(SCOPE, gone + 1)


class TestRevokeLink:
    def test_a_merge_is_undone_to_the_letter(self):
        one = identify(SCOPE, "a@x.example", "1").person
        identify(SCOPE, "a@x.example", "2")
        two = identify(SCOPE, "b@x.example", "3").person
        before = stored_rows()
        persons = [identify(SCOPE, "a@x.example", "1").person, two]
        assert identify(SCOPE, "a@x.example", "3").outcome is Outcome.MERGED

        repaired = revoke_link(SCOPE, only_link(), reason="not the same")

        assert repaired.persons == persons
        assert stored_rows() == before
        assert identify(SCOPE, "b@x.example", "3").person == two
        assert identify(SCOPE, "a@x.example", "1").person.id == one.id

    def test_it_is_undone_also_after_later_merges(self):
        for name, phone in (("a", "1"), ("b", "2"), ("c", "3")):
            identify(SCOPE, f"{name}@x.example", phone)
        identify(SCOPE, "b@x.example", "3")
        first = only_link()
        identify(SCOPE, "a@x.example", "2")

        repaired = revoke_link(SCOPE, first)

        assert [person.emails for person in repaired.persons] == [
            ["a@x.example", "b@x.example"],
            ["c@x.example"],
        ]

    def test_one_person_remains_where_other_evidence_joins_the_ends(self):
        identify(SCOPE, "a@x.example", "1")
        identify(SCOPE, "b@x.example", "2")
        identify(SCOPE, "a@x.example", "2")
        make_contact(
            "a@x.example",
            "2",
            primary=Contact.objects.earliest("id"),
            created_at=datetime.now(UTC),
        )

        (person,) = revoke_link(SCOPE, only_link()).persons

        assert person.emails == ["a@x.example", "b@x.example"]

    def test_again_it_changes_nothing(self):
        identify(SCOPE, "a@x.example", "1")
        identify(SCOPE, "b@x.example", "2")
        identify(SCOPE, "a@x.example", "2")
        once = revoke_link(SCOPE, only_link(), reason="first")
        events = Event.objects.count()

        assert revoke_link(SCOPE, only_link(), reason="second") == once
        assert Event.objects.count() == events
        assert Link.objects.get().reason == "first"

    def test_a_link_whose_contacts_are_gone_leaves_nobody(self):
        one = identify(SCOPE, "a@x.example", "1").person.id
        two = identify(SCOPE, "b@x.example", "2").person.id
        identify(SCOPE, "a@x.example", "2")
        delete_contact(SCOPE, one)
        delete_contact(SCOPE, two)

        assert revoke_link(SCOPE, only_link()).persons == []

    def test_nor_does_one_whose_contacts_were_deleted_by_hand(self):
        identify(SCOPE, "a@x.example", "1")
        identify(SCOPE, "b@x.example", "2")
        identify(SCOPE, "a@x.example", "2")
        Contact.objects.update(deleted_at=datetime.now(UTC))

        assert revoke_link(SCOPE, only_link()).persons == []
        assert Link.objects.get().state == "revoked"

    def test_no_link_of_that_id(self):
        with pytest.raises(LinkNotFound):
            revoke_link(SCOPE, 1)


class TestJoin:
    def test_two_persons_become_one_until_the_link_is_revoked(self):
        one = identify(SCOPE, "a@x.example", "1").person
        two = identify(SCOPE, "b@x.example", "2").person

        (joined,) = join(SCOPE, one.id, two.id, reason="told us").persons

        assert joined.emails == ["a@x.example", "b@x.example"]
        assert identify(SCOPE, "b@x.example", None).person == joined
        link = Link.objects.get()
        assert (link.origin, link.reason) == ("operator", "told us")
        assert last_event()[0] == "persons.joined"
        assert revoke_link(SCOPE, link.pk).persons == [one, two]

    def test_one_person_stays_as_it_is(self):
        person = identify(SCOPE, "a@x.example", "1").person
        person = identify(SCOPE, "a@x.example", "2").person

        assert join(SCOPE, person.id, person.secondary_ids[0]).persons == [person]
        assert not Link.objects.exists()

    def test_a_contact_without_an_identifier_that_counts_is_joined_too(self):
        one = identify(SCOPE, "a@x.example", "1").person.id
        two = identify(SCOPE, "b@x.example", None).person.id
        retire(SCOPE, email="b@x.example")

        assert ids(join(SCOPE, one, two)) == [[one, two]]
        assert identify(SCOPE, "a@x.example", None).person.secondary_ids == [two]

    def test_it_does_not_hang_on_what_the_contacts_carry(self):
        one = identify(SCOPE, "a@x.example", "1").person.id
        two = identify(SCOPE, "b@x.example", "2").person.id
        join(SCOPE, one, two)

        for value in ("a@x.example", "b@x.example"):
            (person,) = retire(SCOPE, email=value).persons
            assert [contact.id for contact in person.contacts] == [one, two]

    def test_it_goes_with_one_of_its_contacts(self):
        one = identify(SCOPE, "a@x.example", "1").person.id
        two = identify(SCOPE, "b@x.example", "2").person.id
        third = identify(SCOPE, "a@x.example", "3").person.contacts[1].id
        join(SCOPE, one, two)

        assert ids(delete_contact(SCOPE, one)) == [[two], [third]]
        assert Link.objects.get().state == "revoked"

    def test_what_is_not_there_cannot_be_joined(self):
        one = identify(SCOPE, "a@x.example", "1").person.id
        gone = identify(SCOPE, "b@x.example", "2").person.id
        delete_contact(SCOPE, gone)

        with pytest.raises(ContactDeleted):
            join(SCOPE, one, gone)
        with pytest.raises(ContactNotFound):
            join(SCOPE, gone + 1, one)


def test_links_are_listed_by_state_and_page():
    for name, phone in (("a", "1"), ("b", "2"), ("c", "3")):
        identify(SCOPE, f"{name}@x.example", phone)
    identify(SCOPE, "a@x.example", "2")
    identify(SCOPE, "a@x.example", "3")
    first, second = list_links(SCOPE, state="live", after=0, limit=10)
    revoke_link(SCOPE, first.id, reason="no")

    assert [link.id for link in list_links(SCOPE, state="live", after=0, limit=10)] == [second.id]
    assert list_links(SCOPE, state="live", after=second.id, limit=10) == []
    (revoked,) = list_links(SCOPE, state="revoked", after=0, limit=1)
    assert revoked.reason == "no"
    assert revoked.decided_at is not None
    assert len(set(revoked.person_ids)) == 2


def test_revoking_a_link_again_changes_nothing():
    identify(SCOPE, "a@x.example", "1")
    identify(SCOPE, "b@x.example", "2")
    identify(SCOPE, "a@x.example", "2")
    (link,) = Link.objects.all()
    revoke_link(SCOPE, link.pk)
    rows = stored_rows()

    again = revoke_link(SCOPE, link.pk)

    assert sorted(person.id for person in again.persons)
    assert stored_rows() == rows
