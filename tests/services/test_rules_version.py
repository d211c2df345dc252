"""A workspace keeps the rules that its keys were derived by until its operator asks for others."""

import pytest
from django.core.management import call_command

from reunite.core.identifiers.kinds import FIRST_RULES, LATEST_RULES, Kind
from reunite.core.policy.policy import SPEC
from reunite.models import Contact, Workspace
from reunite.services.audit.check import check
from reunite.services.identify.identify import identify
from reunite.services.policy.change import (
    change_policy,
    read_policy,
    show_policy,
    with_latest_rules,
)
from reunite.services.policy.normalize import normalize
from reunite.services.policy.simulate import simulate
from tests.builders import make_contact
from tests.scopes import SCOPE

EXPONENT = "4.4791E+11"
BEFORE = "0011_suspicious_persons"


def version():
    return show_policy(SCOPE).policy.normalization.version


@pytest.fixture
def old_workspace():
    """Two customers whom a spreadsheet joined."""
    Workspace.objects.update(rules_version=FIRST_RULES)
    person = identify(SCOPE, "ann@hillvalley.edu", EXPONENT).person
    assert identify(SCOPE, "bob@hillvalley.edu", EXPONENT).person.id == person.id
    return person.id


def test_a_new_workspace_has_the_latest_rules():
    assert version() == LATEST_RULES
    assert dict(normalize(SCOPE, None, EXPONENT))[Kind.PHONE].error is not None


def test_an_old_workspace_finds_what_it_stored(old_workspace):
    assert version() == FIRST_RULES
    assert identify(SCOPE, None, "4479111").person.id == old_workspace
    assert list(check()) == []


def test_another_policy_keeps_the_rules_unless_it_names_others(old_workspace):
    change_policy(SCOPE, read_policy(SCOPE, {"blocked": {"emails": ["info@shop.example"]}}))
    assert version() == FIRST_RULES

    change_policy(SCOPE, read_policy(SCOPE, {"normalization": {"version": LATEST_RULES}}))
    assert version() == LATEST_RULES
    assert read_policy(SCOPE, {}).normalization.version == LATEST_RULES


def test_the_latest_rules_do_what_was_told_before(old_workspace):
    latest = with_latest_rules(show_policy(SCOPE).policy)
    told = simulate(SCOPE, latest)
    assert (told.rekeyed, told.after.count, told.uncounted) == (2, 2, {"unreadable": 2})

    change_policy(SCOPE, latest)

    assert version() == LATEST_RULES
    persons = {identify(SCOPE, f"{name}@hillvalley.edu", None).person.id for name in ("ann", "bob")}
    assert len(persons) == 2
    assert set(Contact.objects.values_list("phone_number", "phone_key")) == {(EXPONENT, None)}
    assert list(check()) == []


def test_a_workspace_with_contacts_keeps_the_first_rules_when_it_is_migrated():
    make_contact("ann@hillvalley.edu", "123456")
    empty = Workspace.objects.create(name="empty")
    try:
        call_command("migrate", "reunite", BEFORE, verbosity=0)
    finally:
        call_command("migrate", "reunite", verbosity=0)
    versions = dict(Workspace.objects.values_list("id", "rules_version"))
    assert versions == {0: FIRST_RULES, empty.id: LATEST_RULES}
    assert with_latest_rules(show_policy(SCOPE).policy) == SPEC
