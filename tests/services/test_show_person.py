from datetime import UTC, datetime

import pytest

from reunite.core.errors import ContactDeleted, PersonNotFound
from reunite.core.identifiers.kinds import Identifier, Kind
from reunite.core.persons.evidence import LiveLink
from reunite.core.scope import Scope, default_scope
from reunite.models import Contact, Event, Link, Workspace
from reunite.services.identify.identify import identify
from reunite.services.persons.show import show_evidence, show_history, show_person
from reunite.services.repair.delete import delete_contact
from reunite.services.repair.links import revoke_link
from tests.builders import make_contact
from tests.scopes import SCOPE


@pytest.fixture
def merged():
    """Two persons and their merge: ids of the survivor, the absorbed and its secondary."""
    survivor = identify(default_scope("r1"), "a@x.example", "1").person.id
    absorbed = identify(default_scope("r2"), "b@x.example", "2").person.id
    secondary = identify(default_scope("r3"), "c@x.example", "2").person.secondary_ids[0]
    identify(default_scope("r4"), "a@x.example", "2")
    return survivor, absorbed, secondary


def test_any_id_of_a_person_shows_it_as_identify_answers(merged):
    expected = identify(SCOPE, "a@x.example", "1").person

    for id in merged:
        found = show_person(SCOPE, id)
        assert found.person == expected
        written = {id: each.updated_at for id, each in found.contacts.items()}
        assert written == dict(Contact.objects.values_list("id", "updated_at"))


@pytest.mark.parametrize("show", [show_person, show_evidence])
def test_nobody_has_an_unknown_id_and_a_deleted_contact_is_gone(show):
    primary = make_contact("a@x.example", "1")
    deleted = make_contact("b@x.example", "1", primary=primary, deleted_at=datetime.now(UTC))
    elsewhere = make_contact(
        "a@x.example", workspace_id=Workspace.objects.create(name="another shop").id
    )

    for id in (0, elsewhere.id, 404, 2**63 - 1):
        with pytest.raises(PersonNotFound):
            show(SCOPE, id)
    with pytest.raises(ContactDeleted):
        show(SCOPE, deleted.id)
    assert show_person(SCOPE, primary.id).person.secondary_ids == []
    assert show_person(Scope(elsewhere.workspace_id), elsewhere.id).person.id == elsewhere.id


def test_the_history_of_nobody_and_of_a_deleted_contact_is_told_apart():
    deleted = make_contact("b@x.example", "1", deleted_at=datetime.now(UTC))
    with pytest.raises(PersonNotFound):
        show_history(SCOPE, 404, after=0, limit=1)
    with pytest.raises(ContactDeleted):
        show_history(SCOPE, deleted.id, after=0, limit=1)


def test_the_evidence_of_a_merge_is_its_link(merged):
    link = Link.objects.get()
    evidence = show_evidence(SCOPE, merged[1]).evidence

    assert len(evidence.edges) == 7
    assert evidence.edges[-1].source == LiveLink(
        link.id,
        Identifier(Kind.EMAIL, "a@x.example"),
        Identifier(Kind.PHONE, "2"),
        "request",
        "r4",
        link.created_at,
    )
    (bridge,) = [b for b in evidence.bridges() if b.at == evidence.edges[-1]]
    assert [group.contact_ids for group in bridge.groups] == [merged[:1], merged[1:]]


def test_links_that_do_not_count_are_no_evidence(merged):
    Link.objects.update(state="revoked")
    assert len(show_evidence(SCOPE, merged[0]).evidence.edges) == 6


def test_a_link_to_an_identifier_that_nobody_carries_any_more_is_no_evidence():
    make_contact("a@x.example")
    identify(SCOPE, "b@x.example", "2")
    identify(SCOPE, "a@x.example", "2")
    Contact.objects.filter(email="b@x.example").update(deleted_at=datetime.now(UTC))

    evidence = show_evidence(SCOPE, Contact.objects.earliest("id").id).evidence
    assert [edge.right.key for edge in evidence.edges] == ["a@x.example"]


def told(history):
    return [(event.type, event.person_id, event.request_id) for event in history.events]


def test_the_history_of_a_person_is_also_that_of_those_it_absorbed(merged):
    survivor, absorbed, secondary = merged
    identify(SCOPE, "stranger@x.example", None)

    history = show_history(SCOPE, secondary, after=0, limit=100)

    assert history.person_id == survivor
    assert told(history) == [
        ("contact.created", survivor, "r1"),
        ("contact.created", absorbed, "r2"),
        ("contact.created", absorbed, "r3"),
        ("person.merged", survivor, "r4"),
    ]
    assert history.events[0].payload == {"contactId": survivor}
    assert [event.created_at for event in history.events] == list(
        Event.objects.order_by("position").values_list("created_at", flat=True)[:4]
    )
    assert history.next is None


def test_a_history_is_read_a_page_at_a_time(merged):
    pages, after = [], 0
    while after is not None:
        page = show_history(SCOPE, merged[0], after=after, limit=2)
        pages.append([event.position for event in page.events])
        after = page.next

    positions = list(Event.objects.order_by("position").values_list("position", flat=True))
    assert pages == [positions[:2], positions[2:]]
    assert show_history(SCOPE, merged[0], after=positions[-1], limit=1).events == []


def test_what_was_taken_back_is_in_the_history_of_those_it_leaves(merged):
    revoke_link(default_scope("r5"), Link.objects.get().id)

    assert ("link.revoked", merged[0], "r5") in told(
        show_history(SCOPE, merged[0], after=0, limit=9)
    )
    assert show_person(SCOPE, merged[1]).person.secondary_ids == [merged[2]]
    assert told(show_history(SCOPE, merged[1], after=0, limit=9)) == [
        ("contact.created", merged[1], "r2"),
        ("contact.created", merged[1], "r3"),
        ("link.revoked", merged[1], "r5"),
    ]


def test_a_person_whose_primary_was_deleted_is_shown_under_the_next(merged):
    delete_contact(SCOPE, merged[0])
    assert show_person(SCOPE, merged[2]).person.id == merged[1]
