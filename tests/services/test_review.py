"""A reviewer who is unsure leaves a note; the held merge stays, behind all others."""

from dataclasses import replace

import pytest

from reunite.core.errors import AlreadyDecided, LinkJoinsNobody, LinkNotFound
from reunite.models import Event, Link
from reunite.services.audit.check import check
from reunite.services.repair.delete import delete_contact
from reunite.services.repair.links import approve_link, defer_link, list_links, reject_link
from reunite.services.repair.review import count_waiting, next_waiting
from reunite.services.repair.undo import undo
from tests.builders import make_contact, make_held
from tests.scopes import SCOPE


@pytest.fixture
def held():
    """The ids of three held links between pairs of persons."""
    return [held_link(number) for number in range(3)]


def held_link(number):
    make_contact(f"a{number}@x.example")
    make_contact(None, f"555010{number}")
    return make_held(f"a{number}@x.example", f"555010{number}")


def order(**after):
    """The ids of all that wait, as a reviewer meets them who leaves each for later."""
    found = []
    while (link := next_waiting(SCOPE, **after).link) is not None:
        found.append(link.id)
        after = {"after_deferred" if link.deferred_at else "after": link.id}
    return found


def test_what_is_unsure_stays_held_behind_the_others_with_a_note(held):
    one, two, three = held
    scope = replace(SCOPE, who="lorraine")
    before = [each.id for each in defer_link(scope, one, reason="Called, no answer.").persons]

    assert len(before) == 2
    assert order() == [two, three, one]
    assert next_waiting(SCOPE).deferred == 1
    (deferred, *_) = list_links(SCOPE, state="held", after=0, limit=9)
    assert (deferred.id, deferred.reason) == (one, "Called, no answer.")
    assert (deferred.deferred_by, deferred.decided_at) == ("lorraine", None)
    event = Event.objects.get(type="merge.deferred")
    assert (event.person_id, event.payload) == (before[0], {"linkId": one})
    assert list(check()) == []


def test_a_note_is_replaced_and_a_decision_ends_it(held):
    one, *_ = held
    defer_link(SCOPE, one, reason="First.")
    defer_link(SCOPE, one, reason="Second.")
    assert Link.objects.get(pk=one).reason == "Second."
    assert next_waiting(SCOPE, after=held[-1]).link.id == one

    repair_id = reject_link(SCOPE, one, reason="Strangers.").undo.repair_id

    assert Link.objects.get(pk=one).deferred_at is None
    undo(SCOPE, repair_id)
    assert order() == held
    assert next_waiting(SCOPE).deferred == 0


def test_a_dry_run_notes_nothing(held):
    told = defer_link(SCOPE, held[0], dry_run=True)
    assert told.before == told.persons
    assert next_waiting(SCOPE).deferred == 0
    assert not Event.objects.filter(type="merge.deferred").exists()


def test_the_held_links_of_a_person_are_counted(held):
    link = list_links(SCOPE, state="held", after=0, limit=1)[0]
    assert [count_waiting(SCOPE, each) for each in link.person_ids] == [1, 1]
    reject_link(SCOPE, link.id)
    assert count_waiting(SCOPE, link.person_ids[0]) == 0


def test_nothing_waits_where_nothing_is_held():
    assert next_waiting(SCOPE).link is None


def test_only_what_waits_is_deferred(held):
    one, two, _ = held
    approve_link(SCOPE, one)
    with pytest.raises(AlreadyDecided):
        defer_link(SCOPE, one)
    with pytest.raises(LinkNotFound):
        defer_link(SCOPE, 999_999)
    for person_id in list_links(SCOPE, state="held", after=0, limit=1)[0].person_ids:
        delete_contact(SCOPE, person_id)
    Link.objects.filter(pk=two).update(state="held")
    with pytest.raises(LinkJoinsNobody):
        defer_link(SCOPE, two)
