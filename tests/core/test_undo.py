from datetime import UTC, datetime

import pytest

from reunite.core.errors import AlreadyUndone, ChangedSince
from reunite.core.identifiers.kinds import Kind
from reunite.core.persons.person import Contact, Person
from reunite.core.repair.regroup import LinkState, Separation
from reunite.core.repair.undo import (
    Delta,
    KeptSeparation,
    Standing,
    changed_since,
    parted_or_joined_since,
)

NOON = datetime(2023, 4, 1, 12, tzinfo=UTC)
LEFT = Standing(links={}, live=set(), withheld=set(), separations=set())


def kept(id, *pair):
    return KeptSeparation(Separation(id, *pair), "twins", NOON)


def person(*contact_ids):
    return Person.of(Contact(id, (), NOON) for id in contact_ids)


def standing(**what):
    fields = ("links", "live", "withheld", "separations")
    return Standing(**{name: what.get(name, getattr(LEFT, name)) for name in fields})


@pytest.mark.parametrize(
    ("done", "now", "expected"),
    [
        (
            Delta(links={5: (LinkState.LIVE, LinkState.REVOKED)}),
            standing(links={5: LinkState.SUSPENDED}),
            "Link 5 is suspended by now.",
        ),
        (
            Delta(links={5: (LinkState.LIVE, LinkState.REVOKED)}),
            LEFT,
            "Link 5 is not there any more.",
        ),
        (Delta(deleted=frozenset({7})), standing(live={7}), "Contact 7 is not deleted any more."),
        (Delta(undeleted=frozenset({7})), LEFT, "Contact 7 was deleted."),
        (
            Delta(withheld=frozenset({(7, Kind.PHONE)})),
            LEFT,
            "The phone of contact 7 counts again.",
        ),
        (
            Delta(released=frozenset({(7, Kind.EMAIL)})),
            standing(withheld={(7, Kind.EMAIL)}),
            "The email of contact 7 is withheld again.",
        ),
        (
            Delta(separations_after=(kept(3, 1, 2),)),
            standing(separations={Separation(3, 1, 4)}),
            "Separation 3 was lifted, or keeps other contacts apart.",
        ),
        (
            Delta(separations_before=(kept(3, 1, 2),)),
            standing(live={1, 2}, separations={Separation(4, 1, 2)}),
            "Separation 4 keeps the same contacts apart.",
        ),
        (
            Delta(separations_before=(kept(3, 1, 2),)),
            standing(live={1}),
            "Contact 2, which was kept apart, was deleted.",
        ),
        (
            Delta(undeleted=frozenset({1})),
            standing(live={1}, separations={Separation(4, 1, 2)}),
            "Separation 4 came to keep a contact apart.",
        ),
    ],
)
def test_what_is_not_as_a_repair_left_it_is_told(done, now, expected):
    assert list(changed_since(done, now)) == [expected]


def test_what_is_as_the_repair_left_it_stands_in_no_way():
    done = Delta(
        links={5: (LinkState.HELD, LinkState.LIVE)},
        deleted=frozenset({7}),
        withheld=frozenset({(1, Kind.PHONE)}),
        separations_before=(kept(3, 1, 7),),
        separations_after=(kept(3, 1, 2),),
    )
    now = standing(
        links={5: LinkState.SUSPENDED},
        live={1, 2},
        withheld={(1, Kind.PHONE)},
        separations={Separation(3, 1, 2)},
    )

    assert list(changed_since(done, now)) == []
    assert done.inverse.inverse == done


def test_contacts_must_belong_together_as_before():
    done = Delta(persons=((1, 2), (3, 4)))

    def told(*after):
        return list(parted_or_joined_since(done, after))

    assert told(person(1, 2), person(3, 4)) == []
    assert told(person(1, 2, 9), person(4)) == []  # 3 was deleted since; 9 came.
    assert told(person(1), person(2), person(3, 4)) == ["Nothing would join contacts 1 and 2."]
    assert told(person(1, 2, 3, 4)) == ["Something else joins contacts 1 and 3 by now."]


def test_an_error_says_what_to_undo_first():
    assert "by repair 9: undo that one" in str(AlreadyUndone(9))
    assert "Contact 1 was deleted. Undo those first." in str(
        ChangedSince(["Contact 1 was deleted."])
    )
