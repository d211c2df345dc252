"""New keys for contacts: who is touched, and what is written."""

from datetime import UTC, datetime

import pytest

from reunite.core import events
from reunite.core.identifiers.kinds import Identifier, Kind, values_of
from reunite.core.repair.regroup import Change, regroup
from reunite.models import Event, Link
from reunite.services.identify.identify import identify
from reunite.services.repair.retire import retire
from reunite.store.database.locks import gate
from reunite.store.database.queries import outside
from reunite.store.database.transactions import transaction
from reunite.store.repair import affected, repairs
from reunite.store.tables import retired
from tests.scopes import SCOPE


def values(email, phone, **keys):
    """The values of a contact; ``phone_key`` is its phone's, where it is another."""
    return values_of((email, phone), (email, keys.get("phone_key", phone)))


def rekey(changes):
    """Give contacts new keys; the persons before and after."""
    with transaction(wait_seconds=5) as locked:
        locked.lock(gate(SCOPE, shared=False))
        before = affected.by_keys(SCOPE, locked, changes)
        change = Change(values=changes)
        after = regroup(before, change)
        locked.commit(
            *repairs.write(
                SCOPE,
                before,
                change,
                after,
                event=events.PolicyApplied(version=1),
                at=datetime.now(UTC),
            )
        )
    return before.persons, after.persons


@pytest.fixture
def joined():
    """A person of two contacts that a link joins, and somebody else: the three ids."""
    one = identify(SCOPE, "a@x.example", "1").person.id
    two = identify(SCOPE, "b@x.example", "2").person.id
    identify(SCOPE, "a@x.example", "2")
    return one, two, identify(SCOPE, "c@x.example", "3").person.id


def ids(persons):
    return [[contact.id for contact in person.contacts] for person in persons]


def test_persons_part_and_meet_again_as_keys_go_and_come(joined):
    one, two, other = joined
    state = Link.objects.values_list("state", flat=True)

    assert ids(rekey({two: values("b@x.example", "2", phone_key=None)})[1]) == [[one], [two]]
    assert state.get() == "suspended"

    before, after = rekey({two: values("b@x.example", "2"), other: values("c@x.example", "3")})
    assert sorted(ids(before)) == [[one], [two], [other]]
    assert ids(after) == [[one, two], [other]]
    assert state.get() == "live"
    told = Event.objects.filter(type="policy.applied").order_by("position")
    assert [each.person_id for each in told] == [one, two, one]  # Nothing became of the other.
    assert told[2].payload == {
        "version": 1,
        "before": [
            {"personId": one, "contactIds": [one]},
            {"personId": two, "contactIds": [two]},
        ],
        "after": [{"personId": one, "contactIds": [one, two]}],
    }


def test_the_owner_of_a_new_key_is_touched(joined):
    one, two, other = joined

    _, after = rekey({two: values("b@x.example", "2", phone_key="3")})

    assert ids(after) == [[one], [two, other]]
    assert Link.objects.get().state == "suspended"


def test_deleted_contacts_and_keys_that_are_as_they_were_change_nothing(joined):
    one, _, _ = joined
    events = Event.objects.count()

    assert rekey({10**6: values("x@x.example", None)}) == ([], [])
    rekey({one: values("a@x.example", "1")})

    assert Event.objects.count() == events


def test_of_many_persons_only_the_oldest_is_told_the_whole(monkeypatch):
    monkeypatch.setattr(events, "MAX_TOLD_WHOLE", 2)
    first, second, third = [
        identify(SCOPE, f"{each}@x.example", "1").person.contacts[-1].id for each in "abc"
    ]

    rekey(
        {
            id: values(f"{each}@x.example", "1", phone_key=None)
            for id, each in zip((first, second, third), "abc", strict=True)
        }
    )

    whole, *parts = Event.objects.filter(type="policy.applied").order_by("position")
    assert whole.payload["before"] == [{"personId": first, "contactIds": [first, second, third]}]
    assert len(whole.payload["after"]) == 3
    assert [part.payload for part in parts] == [
        {
            "version": 1,
            "before": [{"personId": first, "contactIds": [id]}],
            "after": [{"personId": id, "contactIds": [id]}],
        }
        for id in (second, third)
    ]


def test_a_part_of_what_is_told_has_no_long_lists(monkeypatch):
    monkeypatch.setattr(events, "MAX_TOLD_WHOLE", 2)
    contact_ids = [
        identify(SCOPE, f"{each}@x.example", "1").person.contacts[-1].id for each in "abc"
    ]

    retire(SCOPE, phone_number="1")

    whole, *parts = Event.objects.filter(type="identifier.retired").order_by("position")
    assert whole.payload["contactIds"] == contact_ids
    assert [part.payload for part in parts] == [
        {
            "kind": "phone",
            "origin": "operator",
            "before": [{"personId": contact_ids[0], "contactIds": [id]}],
            "after": [{"personId": id, "contactIds": [id]}],
        }
        for id in contact_ids[1:]
    ]


def test_what_is_retired_is_read_whole():
    retire(SCOPE, email="a@x.example")
    retire(SCOPE, phone_number="1")

    assert outside.read(retired.identifiers(SCOPE)) == {
        Identifier(Kind.EMAIL, "a@x.example"),
        Identifier(Kind.PHONE, "1"),
    }
