import pytest

from reunite.core.errors import (
    AlreadyUndone,
    ChangedSince,
    ErasedSince,
    KeptApart,
    LinkDoesNotCount,
    RepairNotFound,
)
from reunite.core.scope import default_scope
from reunite.models import Event, Link, RepairedContact, Withheld
from reunite.services.audit.check import check
from reunite.services.identify.identify import identify
from reunite.services.repair.delete import delete_contact
from reunite.services.repair.erase import erase
from reunite.services.repair.links import join, list_links, reject_link, restore_link, revoke_link
from reunite.services.repair.retire import restore, retire
from reunite.services.repair.separate import lift, list_separations, separate
from reunite.services.repair.split import split
from reunite.services.repair.undo import list_repairs, may_be_undone, undo
from tests.builders import keep_apart, make_held, set_policy, stored_rows
from tests.scopes import SCOPE


@pytest.fixture(autouse=True)
def consistent():
    """Whatever a test does, what is stored is what the evidence says."""
    yield
    assert list(check()) == []


def new(email, phone=None):
    return max(contact.id for contact in identify(SCOPE, email, phone).person.contacts)


def ids(repaired):
    return [[contact.id for contact in person.contacts] for person in repaired.persons]


def undone(repaired):
    return undo(SCOPE, repaired.undo.repair_id)


def test_after_a_split_and_its_undo_the_phone_counts_as_before():
    one, two = new("a@x.example", "1"), new("b@x.example", "1")
    before = stored_rows()

    assert ids(undone(split(SCOPE, one, [two]))) == [[one, two]]

    assert stored_rows() == before
    assert not Withheld.objects.exists()
    assert list_separations(SCOPE, after=0, limit=9) == []
    delete_contact(SCOPE, one)
    assert identify(SCOPE, None, "1").person.id == two


def test_a_deleted_contact_comes_back_with_its_links_and_separations():
    one, two, other = new("a@x.example", "1"), new("b@x.example", "2"), new("c@x.example", "3")
    identify(SCOPE, "a@x.example", "2")
    join(SCOPE, one, other)
    separate(SCOPE, two_of := new("d@x.example", "4"), one, reason="twins")
    links = list(Link.objects.order_by("id").values_list("id", "state"))
    before = stored_rows()

    deleted = delete_contact(SCOPE, one)
    assert ids(deleted) == [[two], [other]]
    undone(deleted)

    assert stored_rows() == before
    assert list(Link.objects.order_by("id").values_list("id", "state")) == links
    (separation,) = list_separations(SCOPE, after=0, limit=9)
    assert (separation.contact_ids, separation.reason) == ((one, two_of), "twins")


def test_an_undo_can_be_undone_and_done_again():
    one, two = new("a@x.example", "1"), new("b@x.example", "1")
    repaired = split(SCOPE, one, [two])

    back = undone(repaired)
    again = undone(back)

    assert ids(again) == [[one], [two]]
    # The undo was undone, so the split stands again and can be undone by its own id, too.
    assert ids(undone(repaired)) == [[one, two]]
    with pytest.raises(AlreadyUndone):
        undone(repaired)


def test_what_else_happened_stands_against_it():
    one, two = new("a@x.example", "1"), new("b@x.example", "2")
    joined = join(SCOPE, one, two)
    identify(SCOPE, "a@x.example", "2")
    # The request was known already, so nothing but the join holds them together.
    revoked = revoke_link(SCOPE, Link.objects.get().id)
    before = stored_rows(), Event.objects.count()

    with pytest.raises(ChangedSince, match="is revoked by now"):
        undone(joined)

    assert (stored_rows(), Event.objects.count()) == before
    assert ids(undone(revoked)) == [[one, two]]
    assert ids(undone(joined)) == [[one], [two]]


def test_a_link_to_what_nobody_has_any_more_does_not_come_back():
    one, two = new("a@x.example", "1"), new("b@x.example", "2")
    identify(SCOPE, "a@x.example", "2")
    revoked = revoke_link(SCOPE, Link.objects.get().id)
    deleted = delete_contact(SCOPE, one)

    with pytest.raises(ChangedSince, match="No contact has one of the ends of link"):
        undone(revoked)

    assert identify(SCOPE, "a@x.example", None).person.id not in {one, two}
    undone(deleted)
    assert two in ids(undone(revoked))[0]


def test_a_join_of_a_contact_that_was_deleted_does_not_come_back():
    one, two = new("a@x.example", "1"), new("b@x.example", "2")
    join(SCOPE, one, two)
    revoked = revoke_link(SCOPE, Link.objects.get().id)
    delete_contact(SCOPE, one)

    with pytest.raises(ChangedSince, match="No contact has one of the ends of link"):
        undone(revoked)


def test_a_link_to_what_is_retired_comes_back_suspended():
    new("a@x.example", "1"), new("b@x.example", "2")
    identify(SCOPE, "a@x.example", "2")
    retire(SCOPE, phone_number="2")
    revoked = revoke_link(SCOPE, Link.objects.get().id)

    undone(revoked)

    assert Link.objects.get().state == "suspended"


def test_a_separation_that_came_since_stands_against_it():
    one, two = new("a@x.example", "1"), new("b@x.example", "2")
    identify(SCOPE, "a@x.example", "2")
    revoked = revoke_link(SCOPE, Link.objects.get().id)
    keep_apart(one, two)

    with pytest.raises(KeptApart):
        undone(revoked)


def test_a_lifted_separation_does_not_come_back_between_one_person():
    one, two = new("a@x.example", "1"), new("b@x.example", "2")
    lifted = lift(SCOPE, separate(SCOPE, one, two).separation_id)
    join(SCOPE, one, two)

    with pytest.raises(ChangedSince, match="are one person by now"):
        undone(lifted)


def test_a_repair_of_somebody_who_was_erased_cannot_be_undone():
    one, two = new("a@x.example", "1"), new("b@x.example", "1")
    repaired = split(SCOPE, one, [two], reason="of a@x.example")

    erase(SCOPE, two)

    with pytest.raises(ErasedSince, match="was erased since"):
        undone(repaired)
    assert [each.is_forgotten for each in list_repairs(SCOPE, after=0, limit=9)] == [True]
    assert set(RepairedContact.objects.values_list("contact_id", flat=True)) == {one}


def test_a_contact_that_came_back_is_erased_with_its_own_person_alone():
    one = new("a@x.example", "1")
    two = new("b@x.example", "1")
    undone(delete_contact(SCOPE, two))
    split(SCOPE, one, [two])

    assert erase(SCOPE, one).contact_ids == [one]
    assert identify(SCOPE, "b@x.example", None).person.id == two


def test_there_is_no_such_repair():
    with pytest.raises(RepairNotFound):
        undo(SCOPE, 1)


def test_repairs_are_listed_with_what_undid_them():
    one, two = new("a@x.example", "1"), new("b@x.example", "2")
    first = join(default_scope("r1"), one, two)
    second = undone(first)

    joined, undoing = list_repairs(SCOPE, after=0, limit=9)

    assert (joined.id, joined.type, joined.request_id) == (
        first.undo.repair_id,
        "persons.joined",
        "r1",
    )
    assert joined.undone_by == undoing.id == second.undo.repair_id
    assert list_repairs(SCOPE, after=joined.id, limit=9) == [undoing]


def test_a_revoked_link_that_keeps_apart_is_held_when_the_request_comes_again():
    one, two = new("a@x.example", "1"), new("b@x.example", "2")
    identify(SCOPE, "a@x.example", "2")

    revoked = revoke_link(SCOPE, Link.objects.get().id, keep_apart=True)

    assert identify(SCOPE, "a@x.example", "2").outcome == "held"
    assert ids(undone(revoked)) == [[one, two]]
    assert list_separations(SCOPE, after=0, limit=9) == []


def test_a_rejected_link_waits_again_when_it_is_restored():
    new("a@x.example", "1"), new("b@x.example", "2")
    link = make_held("a@x.example", "2")
    reject_link(SCOPE, link)

    restored = restore_link(SCOPE, link)

    assert [each.id for each in list_links(SCOPE, state="held", after=0, limit=9)] == [link]
    undone(restored)
    assert [each.id for each in list_links(SCOPE, state="rejected", after=0, limit=9)] == [link]


def test_a_held_link_whose_ends_became_one_person_is_settled_until_they_part():
    one, two = new("a@x.example", "1"), new("b@x.example", "2")
    link = make_held("a@x.example", "2")

    joined = join(SCOPE, one, two)

    assert Link.objects.get(pk=link).state == "settled"
    assert Event.objects.get(type="merge.settled").payload == {"linkId": link}
    undone(joined)
    assert Link.objects.get(pk=link).state == "held"
    assert Event.objects.get(type="merge.reopened").payload == {"linkId": link}


def test_a_settled_link_is_held_again_where_a_hub_that_is_retired_parts_its_ends():
    new("a@x.example", "3")
    retire(SCOPE, phone_number="3")
    new("b@x.example", "2")
    new("c@x.example", "3")
    identify(SCOPE, "c@x.example", "2")
    link = make_held("a@x.example", "2")
    restore(SCOPE, phone_number="3")
    assert Link.objects.get(pk=link).state == "settled"
    set_policy(limits={"contactsPerPhone": 1})

    identify(SCOPE, "d@x.example", "3")

    assert Link.objects.get(pk=link).state == "held"


@pytest.mark.parametrize("end", [revoke_link, reject_link])
def test_keeping_apart_can_be_asked_for_after_a_link_has_ended(end):
    one, two = identify(SCOPE, "a@x.example", None).person.id, identify(SCOPE, None, "2").person.id
    if end is revoke_link:
        join(SCOPE, one, two)
        link_id = Link.objects.get().id
    else:
        link_id = make_held("a@x.example", "2")
        with pytest.raises(LinkDoesNotCount):
            revoke_link(SCOPE, link_id, keep_apart=True)
    end(SCOPE, link_id)
    assert list_separations(SCOPE, after=0, limit=9) == []

    repaired = end(SCOPE, link_id, keep_apart=True)

    assert len(list_separations(SCOPE, after=0, limit=9)) == 1
    assert end(SCOPE, link_id, keep_apart=True).undo is None
    undo(SCOPE, repaired.undo.repair_id)
    assert list_separations(SCOPE, after=0, limit=9) == []
    assert Link.objects.get().state == ("revoked" if end is revoke_link else "rejected")


def test_a_repair_may_be_undone_until_it_was_or_a_person_of_it_was_erased():
    one = identify(SCOPE, "a@x.example", "1").person.id
    two = identify(SCOPE, "b@x.example", "1").person.secondary_ids[0]
    repair_id = split(SCOPE, one, [two]).undo.repair_id
    assert may_be_undone(SCOPE, repair_id)
    again = undo(SCOPE, repair_id).undo.repair_id
    assert not may_be_undone(SCOPE, repair_id)
    assert may_be_undone(SCOPE, again)
    erase(SCOPE, one)
    assert not may_be_undone(SCOPE, again)
    assert not may_be_undone(SCOPE, 999_999)
