"""Whatever was done to the rows by hand, a rebuild makes them what the evidence says."""

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from reunite.core.errors import WouldJoinKeptApart
from reunite.core.repair.effects import Effects, Sample, Size
from reunite.core.repair.regroup import LinkState
from reunite.core.scope import DEFAULT_WORKSPACE_ID, Scope
from reunite.models import Contact, Event, Link, Retired, Separation, Withheld, Workspace
from reunite.services.audit.check import check
from reunite.services.audit.rebuild import rebuild
from reunite.services.identify.identify import identify
from tests.builders import NOON, make_contact, stored_rows
from tests.effort import EFFORT
from tests.emptying import empty_tables
from tests.scopes import SCOPE
from tests.services.histories import histories, persons_by_value


def codes():
    return {violation.code for violation in check()}


def damage(contact_id, **columns):
    if "linked_id" in columns:
        columns["link_precedence"] = "secondary" if columns["linked_id"] else "primary"
    Contact.objects.filter(pk=contact_id).update(**columns)


def person(*requests):
    """Identify in turn; the ids of the last one's person."""
    for request in requests:
        answer = identify(SCOPE, *request)
    return [contact.id for contact in answer.person.contacts]


def events():
    return Event.objects.filter(type="persons.rebuilt").order_by("position")


def test_of_what_is_as_it_should_be_nothing_is_written():
    person(("a@x.example", "1"), ("b@x.example", "1"), ("c@x.example", "2"), ("c@x.example", "1"))
    before = list(Contact.objects.order_by("id").values())
    progress = []

    found = rebuild(SCOPE, on_progress=progress.append)

    assert found.changes_nothing
    assert found.contacts == progress[-1] == 3
    assert list(Contact.objects.order_by("id").values()) == before
    assert not events()


def test_a_contact_torn_from_its_person_comes_back():
    one, two, three = person(("a@x.example", "1"), ("b@x.example", "1"), ("c@x.example", "1"))
    other = person(("d@x.example", "4"))
    damage(two, linked_id=None)
    assert "key_in_two_persons" in codes()

    found = rebuild(SCOPE, dry_run=True)

    assert (found.relinked, found.rekeyed, found.links) == ([two], [], [])
    assert found.effects == Effects(
        0, 1, (Sample(before=(Size(one, 2), Size(two, 1)), after=(Size(one, 3),)),)
    )
    assert "key_in_two_persons" in codes()

    assert rebuild(SCOPE) == found

    assert codes() == set()
    assert persons_by_value() == {
        frozenset({"a@x.example", "b@x.example", "c@x.example", "1"}),
        frozenset({"d@x.example", "4"}),
    }
    (event,) = events()
    assert (event.person_id, event.payload) == (
        one,
        {
            "before": [
                {"personId": one, "contactIds": [one, three]},
                {"personId": two, "contactIds": [two]},
            ],
            "after": [{"personId": one, "contactIds": [one, two, three]}],
        },
    )
    assert other


def test_strangers_joined_by_hand_part():
    (one,) = person(("a@x.example", "1"))
    (other,) = person(("b@x.example", "2"))
    damage(other, linked_id=one)
    assert codes() == {"not_connected"}

    assert rebuild(SCOPE).relinked == [other]

    assert codes() == set()
    assert [each.person_id for each in events()] == [one, other]


def test_a_secondary_of_a_secondary_points_at_the_primary_again():
    one, two, three = person(("a@x.example", "1"), ("b@x.example", "1"), ("c@x.example", "1"))
    damage(three, linked_id=two)
    assert "no_live_primary" in codes()

    assert rebuild(SCOPE).relinked == [three]

    assert codes() == set()
    assert Contact.objects.get(pk=three).linked_id == one


def test_contacts_of_a_deleted_primary_get_the_oldest_of_them():
    one, two, three = person(("a@x.example", "1"), ("b@x.example", "1"), ("c@x.example", "1"))
    damage(one, deleted_at=NOON)
    assert codes() == {"no_live_primary"}

    assert rebuild(SCOPE).relinked == [two, three]

    assert codes() == set()
    assert stored_rows()[1][3] is None


def test_the_oldest_becomes_primary_again():
    one, two = person(("a@x.example", "1"), ("b@x.example", "1"))
    damage(one, created_at=Contact.objects.get(pk=two).created_at.replace(year=2099))
    assert codes() == {"primary_not_oldest"}

    assert rebuild(SCOPE).relinked == [one, two]

    assert codes() == set()
    assert Contact.objects.get(pk=one).linked_id == two


def test_keys_are_what_the_rules_make_of_the_values_again():
    one, two = person(("a@x.example", "1"), ("b@x.example", "1"))
    damage(one, email_key="wrong@x.example", phone_key=None)
    assert codes() == {"key_differs", "not_connected"}

    assert rebuild(SCOPE).rekeyed == [one]

    assert codes() == set()
    assert Contact.objects.get(pk=one).phone_key == "1"
    assert Contact.objects.get(pk=two).linked_id == one


def test_what_is_retired_or_withheld_stays_so():
    one = person(("a@x.example", "1"))
    two = person(("b@x.example", "1"))[-1]
    Retired.objects.create(
        workspace_id=DEFAULT_WORKSPACE_ID, kind="phone", key="1", origin="guard", created_at=NOON
    )
    Withheld.objects.create(contact_id=two, kind="email", created_at=NOON)

    assert rebuild(SCOPE).rekeyed == [*one, two]

    keys = Contact.objects.order_by("id").values_list("email_key", "phone_key")
    assert list(keys) == [("a@x.example", None), (None, None)]
    assert Contact.objects.get(pk=two).linked_id is None


def test_a_link_counts_if_both_its_ends_are_carried():
    one, two = person(("a@x.example", None), (None, "1"), ("a@x.example", "1"))
    Link.objects.update(state="suspended")
    assert codes() == {"not_connected", "suspended_link_counts"}

    found = rebuild(SCOPE)

    assert (found.relinked, found.links) == ([], [Link.objects.get().pk])
    assert Link.objects.get().state == LinkState.LIVE
    damage(one, deleted_at=NOON)
    damage(two, deleted_at=NOON, linked_id=None)

    assert rebuild(SCOPE).links == [Link.objects.get().pk]
    assert Link.objects.get().state == LinkState.SUSPENDED
    assert rebuild(SCOPE).changes_nothing


def test_a_link_that_joins_two_persons_makes_them_one():
    one, two = person(("a@x.example", None), (None, "1"), ("a@x.example", "1"))
    damage(two, linked_id=None)
    assert codes() == {"link_between_persons"}

    assert rebuild(SCOPE).relinked == [two]

    assert codes() == set()
    assert Contact.objects.get(pk=two).linked_id == one


def test_a_link_that_is_held_joins_nobody():
    (one,) = person(("a@x.example", "1"))
    (other,) = person(("b@x.example", "2"))
    person(("a@x.example", "2"))
    Link.objects.update(state="held", held_for="not_verified")

    assert rebuild(SCOPE).relinked == [other]

    assert Link.objects.get().state == LinkState.HELD
    assert codes() == set()
    assert Contact.objects.get(pk=one).linked_id is None


def test_a_person_in_two_workspaces_parts():
    (one,) = person(("a@x.example", "1"))
    elsewhere = Workspace.objects.create(name="other").pk
    other = make_contact("a@x.example", "1", workspace_id=elsewhere)
    damage(other.pk, linked_id=one)
    assert "linked_across_workspaces" in codes()

    assert rebuild(SCOPE).changes_nothing
    assert rebuild(Scope(elsewhere)).relinked == [other.pk]

    assert codes() == set()


def test_persons_kept_apart_are_not_joined():
    one, two = person(("a@x.example", "1"), ("b@x.example", "1"))
    damage(two, linked_id=None)
    kept = Separation.objects.create(
        workspace_id=DEFAULT_WORKSPACE_ID, left_id=one, right_id=two, created_at=NOON
    )
    assert rebuild(SCOPE, dry_run=True).kept_apart == [kept.pk]
    with pytest.raises(WouldJoinKeptApart):
        rebuild(SCOPE)


def test_another_region_in_the_settings_is_followed(settings):
    retired = {"kind": "phone", "key": "4155552672", "origin": "operator", "created_at": NOON}
    Retired.objects.create(workspace_id=DEFAULT_WORKSPACE_ID, **retired)
    one = person(("a@x.example", "(415) 555-2671"))
    two = person(("b@x.example", "+1 415 555 2671"))
    hub = make_contact("c@x.example", "(415) 555-2672", phone_key=None)
    settings.REUNITE = {"DEFAULT_REGION": "US"}

    found = rebuild(SCOPE)

    assert (found.rekeyed, found.relinked, found.renamed_retired) == (one, two, 1)
    assert Retired.objects.get().key == "+14155552672"
    assert Contact.objects.get(pk=hub.pk).phone_key is None
    assert rebuild(SCOPE).changes_nothing


@given(histories, st.data())
@settings(max_examples=18 * EFFORT, deadline=None, suppress_health_check=list(HealthCheck))
def test_rows_that_were_damaged_in_any_way_are_rebuilt(history, data):
    empty_tables()
    for request in history:
        identify(SCOPE, *request)
    whole, rows = persons_by_value(), stored_rows()
    ids = [row[0] for row in rows]
    for id in data.draw(st.lists(st.sampled_from(ids), max_size=6)):
        linked_id = data.draw(st.sampled_from([None, *(each for each in ids if each != id)]))
        damage(id, linked_id=linked_id)
        if data.draw(st.booleans()):
            damage(id, email_key=None)
    if data.draw(st.booleans()):
        Link.objects.update(state="suspended")

    found = rebuild(SCOPE)

    assert list(check()) == []
    assert persons_by_value() == whole
    assert stored_rows() == rows
    assert rebuild(SCOPE, dry_run=True).changes_nothing
    assert not found.kept_apart
