from itertools import cycle

import pytest

from reunite.core.audit.consistency import StoredPerson, violations
from reunite.core.audit.stored import StoredContact
from reunite.core.identifiers.kinds import Identifier, Kind
from reunite.core.policy.policy import SPEC
from reunite.core.policy.reader import KeyReader
from tests.core.contacts import make_contact

LORRAINE = make_contact(1, email="lorraine@hillvalley.edu", phone="123456")
MCFLY = make_contact(23, email="mcfly@hillvalley.edu", phone="123456", minutes=1)
GEORGE = make_contact(30, email="george@hillvalley.edu", minutes=2)
LINK = (Identifier(Kind.EMAIL, "george@hillvalley.edu"), Identifier(Kind.PHONE, "123456"))


def changed(kind, **parts):
    """Lorraine, one of whose values is another."""
    values = [each._replace(**parts) if each.kind is kind else each for each in LORRAINE.values]
    return LORRAINE._replace(values=tuple(values))


def make_person(*contacts, id=1, links=(), workspace_ids=(1,)):
    """A person whose contacts are stored in these workspaces in turn."""
    stored = [
        StoredContact(each, None, frozenset(), workspace_id)
        for each, workspace_id in zip(contacts, cycle(workspace_ids), strict=False)
    ]
    return StoredPerson(id, stored, links)


def codes(person):
    return [violation.code for violation in violations(person, keys=KeyReader(SPEC))]


@pytest.mark.parametrize(
    "person",
    [
        make_person(LORRAINE),
        make_person(MCFLY, LORRAINE),
        make_person(LORRAINE, MCFLY, GEORGE, links=[LINK]),
    ],
)
def test_a_person_joined_by_live_evidence_is_sound(person):
    assert codes(person) == []


def test_a_secondary_without_a_live_primary_is_found():
    (found,) = violations(make_person(MCFLY), keys=KeyReader(SPEC))
    assert (found.code, found.contact_ids) == ("no_live_primary", (23,))


def test_a_primary_that_is_not_the_oldest_is_found():
    older = MCFLY._replace(created_at=LORRAINE.created_at, id=0)
    assert codes(make_person(LORRAINE, older)) == ["primary_not_oldest"]


def test_contacts_that_no_evidence_joins_are_found():
    (found,) = violations(make_person(LORRAINE, MCFLY, GEORGE), keys=KeyReader(SPEC))
    assert (found.code, found.contact_ids) == ("not_connected", (30,))


@pytest.mark.parametrize(
    "contact",
    [
        changed(Kind.PHONE, key="+123456"),
        changed(Kind.EMAIL, key=None),
        changed(Kind.EMAIL, given="no at sign"),
    ],
)
def test_keys_that_the_rules_do_not_derive_are_found(contact):
    assert codes(make_person(contact)) == ["key_differs"]


def test_a_person_in_two_workspaces_is_found():
    person = make_person(LORRAINE, MCFLY, workspace_ids=frozenset({1, 2}))
    assert codes(person) == ["linked_across_workspaces"]
