"""Splitting, keeping apart, retiring, deciding on held links: each by itself."""

import pytest

from reunite.core.errors import (
    AlreadyDecided,
    ContactDeleted,
    ContactNotFound,
    IdentifierNotRetired,
    InvalidRequest,
    KeptApart,
    LinkJoinsNobody,
    LinkNotFound,
    NothingToSplit,
    OfAnotherPerson,
    SeparationNotFound,
    StillOnePerson,
)
from reunite.core.repair.split import SharedStay
from reunite.models import Contact, Event, Link, Separation, Withheld, Workspace
from reunite.services.audit.check import check
from reunite.services.identify.identify import identify
from reunite.services.repair.delete import delete_contact
from reunite.services.repair.links import approve_link, join, reject_link, revoke_link
from reunite.services.repair.retire import list_retired, restore, retire
from reunite.services.repair.separate import lift, list_separations, separate
from reunite.services.repair.split import split
from tests.builders import make_held, stored_rows
from tests.scopes import SCOPE


@pytest.fixture(autouse=True)
def consistent():
    """Whatever a test does, what is stored is what the evidence says."""
    yield
    assert list(check()) == []


def new(email=None, phone=None):
    """The id of the contact that these details add."""
    return identify(SCOPE, email, phone).person.contacts[-1].id


def ids(repaired):
    return [[contact.id for contact in person.contacts] for person in repaired.persons]


def told(type):
    """The payloads of the events of a type, by the persons that they were told of.

    The ids of repairs, which count on, are left out.
    """
    events = Event.objects.filter(type=type).values_list("person_id", "payload")
    return {id: without_repair(payload) for id, payload in events}


def without_repair(payload):
    return {name: value for name, value in payload.items() if name != "repairId"}


def person(*contact_ids):
    return {"personId": contact_ids[0], "contactIds": list(contact_ids)}


class TestSplit:
    def test_what_both_sides_carry_stays_with_the_side_of_the_oldest(self):
        one, two = new("a@x.example", "1"), new("b@x.example", "1")

        repaired = split(SCOPE, one, [two], reason="a shared phone")

        assert ids(repaired) == [[one], [two]]
        assert repaired.persons[1].phone_numbers == ["1"]
        assert identify(SCOPE, None, "1").person.id == one
        assert identify(SCOPE, "b@x.example", None).person.id == two
        (separation,) = list_separations(SCOPE, after=0, limit=10)
        assert separation.contact_ids == separation.person_ids == (one, two)
        assert separation.reason == "a shared phone"
        payload = {
            "contactIds": [two],
            "revokedLinkIds": [],
            "separationIds": [separation.id],
            "before": [person(one, two)],
            "after": [person(one), person(two)],
        }
        assert told("person.split") == {one: payload, two: payload}

    def test_the_side_that_is_named_may_be_that_of_the_oldest(self):
        one, two = new("a@x.example", "1"), new("b@x.example", "1")

        assert ids(split(SCOPE, two, [one], keep_apart=False)) == [[one], [two]]

        assert Contact.objects.get(phone_key="1").pk == one
        assert not Separation.objects.exists()

    def test_links_between_the_sides_are_revoked_and_those_within_stay(self):
        one, two, three = new("a@x.example", "1"), new("b@x.example", "2"), new("c@x.example", "3")
        identify(SCOPE, "a@x.example", "2")
        identify(SCOPE, "b@x.example", "3")

        assert ids(split(SCOPE, one, [two, three], reason="strangers")) == [[one], [two, three]]

        assert list(Link.objects.order_by("id").values_list("state", "reason")) == [
            ("revoked", "strangers"),
            ("live", ""),
        ]

    def test_a_side_that_nothing_else_joins_falls_apart(self):
        one, two, three = (new(f"{each}@x.example", "1") for each in "abc")

        assert ids(split(SCOPE, one, [two, three])) == [[one], [two], [three]]

        assert [each.contact_ids for each in list_separations(SCOPE, after=0, limit=10)] == [
            (one, two),
            (one, three),
        ]

    def test_what_is_retired_does_not_join_the_sides_when_it_is_restored(self):
        one, two = new("a@x.example", "1"), new("b@x.example", "1")
        retire(SCOPE, phone_number="1")
        join(SCOPE, one, two)

        split(SCOPE, one, [two], keep_apart=False)

        assert ids(restore(SCOPE, phone_number="1")) == [[one]]
        assert identify(SCOPE, "b@x.example", None).person.id == two

    def test_an_event_tells_of_it_also_where_a_join_by_hand_alone_held_them_together(self):
        one, two = new("a@x.example", "1"), new("b@x.example", "1")
        retire(SCOPE, phone_number="1")
        join(SCOPE, one, two)

        split(SCOPE, one, [two])

        assert {id: each["after"] for id, each in told("person.split").items()} == {
            one: [person(one), person(two)],
            two: [person(one), person(two)],
        }

    def test_the_side_that_keeps_what_both_have_can_be_chosen(self):
        one, two = new("a@x.example", "1"), new("b@x.example", "1")

        split(SCOPE, one, [two], shared=SharedStay.NAMED)

        assert identify(SCOPE, None, "1").person.id == two
        (separation,) = list_separations(SCOPE, after=0, limit=10)
        assert separation.contact_ids == (one, two)
        (joined,) = lift(SCOPE, separation.id, give_back=True).persons
        assert [each.id for each in joined.contacts] == [one, two]
        assert identify(SCOPE, None, "1").person == joined

    def test_a_suspended_link_between_the_sides_is_revoked(self):
        one, two = new("a@x.example", "1"), new("b@x.example", "2")
        identify(SCOPE, "a@x.example", "2")
        retire(SCOPE, phone_number="2")
        join(SCOPE, one, two)

        split(SCOPE, one, [two], keep_apart=False)

        assert set(Link.objects.values_list("state", flat=True)) == {"revoked"}
        assert ids(restore(SCOPE, phone_number="2")) == [[two]]

    def test_what_is_withheld_is_no_longer_the_contacts_own(self):
        one, two = new("a@x.example", "1"), new("b@x.example", "1")
        three = new("c@x.example", "3")
        identify(SCOPE, "a@x.example", "3")
        split(SCOPE, one, [two], keep_apart=False)
        four = new("b@x.example", "4")

        assert ids(split(SCOPE, two, [four], keep_apart=False)) == [[two], [four]]
        assert set(Withheld.objects.values_list("contact_id", "kind")) == {
            (two, "phone"),
            (four, "email"),
        }
        assert ids(delete_contact(SCOPE, two)) == []

        assert identify(SCOPE, None, "1").person.secondary_ids == [three]
        assert Link.objects.get().state == "live"

    def test_both_sides_need_contacts_of_the_person(self):
        one, two = new("a@x.example", "1"), new("b@x.example", "1")
        other = new("c@x.example", "3")
        gone = new("d@x.example", "4")
        delete_contact(SCOPE, gone)

        with pytest.raises(NothingToSplit):
            split(SCOPE, one, [one, two])
        with pytest.raises(OfAnotherPerson):
            split(SCOPE, one, [two, other])
        with pytest.raises(ContactDeleted):
            split(SCOPE, one, [gone])
        with pytest.raises(ContactNotFound):
            split(SCOPE, one, [gone + 1])

    def test_every_id_leads_to_one_person_and_a_join_by_hand_undoes_it(self):
        one, two = new("a@x.example", "1"), new("b@x.example", "1")
        split(SCOPE, one, [two])
        (separation,) = list_separations(SCOPE, after=0, limit=10)

        with pytest.raises(KeptApart) as error:
            join(SCOPE, one, two)
        assert error.value.separation_id == separation.id
        lift(SCOPE, separation.id)

        assert ids(join(SCOPE, one, two)) == [[one, two]]


class TestSeparate:
    def test_two_persons_are_kept_apart_until_it_is_lifted(self):
        one, two = new("a@x.example", "1"), new("b@x.example", "2")

        separated = separate(SCOPE, two, one, reason="twins")

        assert [each.id for each in separated.persons] == [one, two]
        with pytest.raises(KeptApart):
            join(SCOPE, one, two)
        assert ids(lift(SCOPE, separated.separation_id)) == [[one], [two]]
        assert ids(join(SCOPE, one, two)) == [[one, two]]
        payload = {
            "separationId": separated.separation_id,
            "contactIds": [one, two],
        }
        for type in ("persons.separated", "separation.lifted"):
            assert told(type) == {
                id: payload | {"before": [person(id)], "after": [person(id)]} for id in (one, two)
            }

    def test_again_it_changes_nothing(self):
        one, two = new("a@x.example", "1"), new("b@x.example", "2")
        once = separate(SCOPE, one, two, reason="first")
        events = Event.objects.count()

        assert separate(SCOPE, two, one, reason="second") == once
        assert Event.objects.count() == events
        assert Separation.objects.get().reason == "first"

    def test_other_contacts_of_the_same_persons_can_be_kept_apart_too(self):
        one, same, two = new("a@x.example", "1"), new("c@x.example", "1"), new("b@x.example", "2")

        assert separate(SCOPE, one, two).separation_id != separate(SCOPE, same, two).separation_id

    def test_one_person_is_split_instead(self):
        one, two = new("a@x.example", "1"), new("b@x.example", "1")

        with pytest.raises(StillOnePerson):
            separate(SCOPE, one, two)

    def test_no_separation_of_that_id(self):
        with pytest.raises(SeparationNotFound):
            lift(SCOPE, 1)

    def test_it_passes_to_the_oldest_that_is_left_of_the_person(self):
        one, heir, two = new("a@x.example", "1"), new("c@x.example", "1"), new("b@x.example", "2")
        first = separate(SCOPE, one, two).separation_id

        delete_contact(SCOPE, one)
        assert list(Separation.objects.values_list("id", "left_id", "right_id")) == [
            (first, heir, two)
        ]

        delete_contact(SCOPE, two)
        assert not Separation.objects.exists()

    def test_what_it_would_pass_on_twice_is_kept_once(self):
        one, heir, two = new("a@x.example", "1"), new("c@x.example", "1"), new("b@x.example", "2")
        separate(SCOPE, one, two)
        second = separate(SCOPE, heir, two).separation_id

        delete_contact(SCOPE, one)

        assert Separation.objects.get().pk == second


class TestRetire:
    def test_whom_it_alone_joined_part_and_meet_again_when_it_is_restored(self):
        one, two = new("a@x.example", "1"), new("b@x.example", "1")
        other = new("c@x.example", "3")
        before = stored_rows()

        assert ids(retire(SCOPE, phone_number=" 1 ", reason="call centre")) == [[one], [two]]

        (retired,) = list_retired(SCOPE, after=0, limit=10)
        assert (retired.identifier.key, retired.origin, retired.reason) == (
            "1",
            "operator",
            "call centre",
        )
        assert ids(restore(SCOPE, phone_number="1")) == [[one, two]]
        assert list_retired(SCOPE, after=0, limit=10) == []
        assert stored_rows() == before
        payload = {"kind": "phone", "contactIds": [one, two]}
        assert told("identifier.retired")[two] == payload | {
            "origin": "operator",
            "suspendedLinkIds": [],
            "before": [person(one, two)],
            "after": [person(one), person(two)],
        }
        assert told("identifier.restored") == {
            one: payload
            | {
                "liveLinkIds": [],
                "before": [person(one), person(two)],
                "after": [person(one, two)],
            }
        }
        assert identify(SCOPE, "c@x.example", None).person.id == other

    def test_links_are_suspended_and_count_again(self):
        one, two = new("a@x.example", "1"), new("b@x.example", "2")
        identify(SCOPE, "a@x.example", "2")

        assert ids(retire(SCOPE, phone_number="2")) == [[one], [two]]
        assert Link.objects.get().state == "suspended"
        assert told("identifier.retired")[one]["suspendedLinkIds"] == [Link.objects.get().pk]

        assert ids(restore(SCOPE, phone_number="2")) == [[one, two]]
        assert Link.objects.get().state == "live"

    def test_a_suspended_link_is_revoked_for_good_when_the_last_that_has_it_is_deleted(self):
        new("a@x.example", "1")
        two = new("b@x.example", "2")
        identify(SCOPE, "a@x.example", "2")
        retire(SCOPE, phone_number="2")

        delete_contact(SCOPE, two)

        assert Link.objects.get().state == "revoked"
        assert ids(restore(SCOPE, phone_number="2")) == []

    def test_it_stays_suspended_while_another_contact_has_it_though_it_does_not_count(self):
        one, two = new("a@x.example", "1"), new("b@x.example", "2")
        third = new("c@x.example", "2")
        identify(SCOPE, "a@x.example", "2")
        retire(SCOPE, phone_number="2")

        delete_contact(SCOPE, two)

        assert Link.objects.get().state == "suspended"
        assert ids(restore(SCOPE, phone_number="2")) == [[one, third]]

    def test_a_suspended_link_can_be_revoked(self):
        one, two = new("a@x.example", "1"), new("b@x.example", "2")
        identify(SCOPE, "a@x.example", "2")
        retire(SCOPE, phone_number="2")

        assert ids(revoke_link(SCOPE, Link.objects.get().pk)) == [[one]]

        assert ids(restore(SCOPE, phone_number="2")) == [[two]]

    def test_again_it_changes_nothing(self):
        new("a@x.example", "1")
        retire(SCOPE, email="A@x.example", reason="first")
        events = Event.objects.count()

        assert ids(retire(SCOPE, email="a@x.example", reason="second")) == []
        assert Event.objects.count() == events
        assert [each.reason for each in list_retired(SCOPE, after=0, limit=10)] == ["first"]

    def test_what_nobody_has_can_be_retired_and_every_process_notices(self):
        revision = Workspace.objects.values_list("revision", flat=True)
        first = revision.get()

        assert ids(retire(SCOPE, phone_number="1")) == []
        second = revision.get()
        assert ids(restore(SCOPE, phone_number="1")) == []

        assert first < second < revision.get()

    def test_where_it_is_withheld_it_stays_so(self):
        one, two = new("a@x.example", "1"), new("b@x.example", "1")
        split(SCOPE, one, [two], keep_apart=False)
        retire(SCOPE, phone_number="1")

        assert ids(restore(SCOPE, phone_number="1")) == [[one]]
        assert Withheld.objects.get().contact_id == two

    def test_persons_that_are_kept_apart_are_not_joined_by_it(self):
        one, two = new("a@x.example", "1"), new("b@x.example", "1")
        retire(SCOPE, phone_number="1")
        separate(SCOPE, one, two)

        with pytest.raises(KeptApart):
            restore(SCOPE, phone_number="1")
        assert len(list_retired(SCOPE, after=0, limit=10)) == 1

    def test_what_is_not_retired_cannot_be_restored(self):
        with pytest.raises(IdentifierNotRetired):
            restore(SCOPE, email="a@x.example")

    @pytest.mark.parametrize(
        ("given", "code"),
        [
            ({}, "not_one_identifier"),
            ({"email": "a@x.example", "phone_number": "1"}, "not_one_identifier"),
            ({"email": "no at sign"}, "invalid_email"),
            ({"phone_number": "none"}, "invalid_phone_number"),
        ],
    )
    def test_one_identifier_is_retired_at_a_time(self, given, code):
        with pytest.raises(InvalidRequest) as error:
            retire(SCOPE, **given)
        assert [each.code for each in error.value.errors] == [code]

    def test_an_identifier_that_the_policy_ignores_can_be_retired_and_counts_no_more_after(self):
        one = new("a@x.example", "0000000")

        assert ids(retire(SCOPE, phone_number="0000000")) == []
        assert ids(restore(SCOPE, phone_number="0000000")) == []
        assert Contact.objects.get(pk=one).phone_key is None

    def test_values_that_cannot_be_read_are_passed_over(self):
        one, two = new("a@x.example", "1"), new("b@x.example", "2")
        Contact.objects.filter(pk=one).update(phone_number="call me", phone_key=None)
        retire(SCOPE, phone_number="2")

        assert ids(restore(SCOPE, phone_number="2")) == [[two]]


class TestHeldLinks:
    @pytest.fixture
    def held(self):
        one, two = new("a@x.example", "1"), new("b@x.example", "2")
        return one, two, make_held("a@x.example", "2")

    def test_an_approved_link_joins_as_if_nothing_had_held_it(self, held):
        one, two, link = held

        assert ids(approve_link(SCOPE, link, reason="same name")) == [[one, two]]

        stored = Link.objects.get()
        assert (stored.state, stored.reason) == ("live", "same name")
        assert stored.decided_at is not None
        assert told("link.approved") == {
            one: {
                "linkId": link,
                "before": [person(one), person(two)],
                "after": [person(one, two)],
            }
        }
        assert ids(revoke_link(SCOPE, link)) == [[one], [two]]

    def test_a_rejected_link_joins_nobody(self, held):
        one, two, link = held

        assert ids(reject_link(SCOPE, link, reason="neighbours")) == [[one], [two]]

        stored = Link.objects.get()
        assert (stored.state, stored.reason) == ("rejected", "neighbours")
        assert stored.decided_at is not None
        assert set(told("link.rejected")) == {one, two}
        assert ids(join(SCOPE, one, two)) == [[one, two]]

    def test_a_rejected_link_may_keep_its_persons_apart(self, held):
        one, two, link = held

        reject_link(SCOPE, link, reason="neighbours", keep_apart=True)

        separation = Separation.objects.get()
        assert (separation.left_id, separation.right_id) == (one, two)
        assert told("link.rejected")[one]["separationIds"] == [separation.pk]

    def test_the_same_decision_again_changes_nothing_and_the_opposite_is_refused(self, held):
        _, _, link = held
        once = reject_link(SCOPE, link, reason="first")
        events = Event.objects.count()

        assert ids(reject_link(SCOPE, link, reason="second")) == ids(once)
        assert Event.objects.count() == events
        assert Link.objects.get().reason == "first"
        with pytest.raises(AlreadyDecided):
            approve_link(SCOPE, link)

        other = make_held("a@x.example", "2")
        once = approve_link(SCOPE, other)
        assert approve_link(SCOPE, other) == once
        with pytest.raises(AlreadyDecided):
            reject_link(SCOPE, other)

    def test_persons_that_are_kept_apart_must_be_let_first(self, held):
        one, two, link = held
        separation = separate(SCOPE, one, two).separation_id

        with pytest.raises(KeptApart):
            approve_link(SCOPE, link)
        lift(SCOPE, separation)

        assert ids(approve_link(SCOPE, link)) == [[one, two]]

    def test_a_link_with_an_end_that_does_not_count_joins_nobody(self, held):
        _, _, link = held
        retire(SCOPE, phone_number="2")

        with pytest.raises(LinkJoinsNobody):
            approve_link(SCOPE, link)
        with pytest.raises(LinkJoinsNobody):
            reject_link(SCOPE, link, keep_apart=True)
        reject_link(SCOPE, link)

    def test_one_person_cannot_be_kept_apart(self, held):
        one, two, link = held
        join(SCOPE, one, two)

        with pytest.raises(StillOnePerson):
            reject_link(SCOPE, link, keep_apart=True)
        assert ids(approve_link(SCOPE, link)) == [[one, two]]

    def test_a_held_link_is_revoked_with_the_last_contact_of_an_end(self, held):
        _, two, link = held

        delete_contact(SCOPE, two)

        assert Link.objects.get().state == "revoked"
        with pytest.raises(AlreadyDecided):
            approve_link(SCOPE, link)

    def test_no_link_of_that_id(self):
        with pytest.raises(LinkNotFound):
            approve_link(SCOPE, 1)
        with pytest.raises(LinkNotFound):
            reject_link(SCOPE, 1)


class TestConnectedBy:
    def test_deleting_a_contact_says_what_still_joins_its_identifiers(self):
        one = new("a@x.example", "1")
        gone = new("a@x.example", "2")
        last = new("b@x.example", "2")
        link = make_held("b@x.example", "1")
        approve_link(SCOPE, link)

        connection = delete_contact(SCOPE, gone).connected_by

        assert [step.source.id for step in connection.steps] == [one, one, link, last, last]

    def test_revoking_a_link_says_what_still_joins_its_ends(self):
        one, two = new("a@x.example", "1"), new("b@x.example", "2")
        identify(SCOPE, "a@x.example", "2")
        link = Link.objects.get().pk
        other = make_held("b@x.example", "1")
        approve_link(SCOPE, other)

        revoked = revoke_link(SCOPE, link)

        assert ids(revoked) == [[one, two]]
        connection = revoked.connected_by
        assert [step.source.id for step in connection.steps] == [one, one, other, two, two]
        assert connection.given[connection.steps[0].start] == "a@x.example"
        assert revoke_link(SCOPE, link) == revoked

    def test_a_contact_with_one_identifier_joined_nothing(self):
        assert delete_contact(SCOPE, new("a@x.example")).connected_by is None

    def test_nothing_joins_those_who_parted(self):
        new("a@x.example", "1")
        bridge = new("a@x.example", "2")
        new("b@x.example", "2")

        assert delete_contact(SCOPE, bridge).connected_by is None
