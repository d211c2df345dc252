"""Requests that name declared kinds: what they read and write, and when they are replayed."""

import pytest
from django.db import connection

from reunite.core.errors import NoUsableIdentifier
from reunite.core.identifiers.kinds import Ignored
from reunite.core.identify.plan import Outcome
from reunite.core.persons.suspicion import MAX_CONTACTS, MAX_OF_A_KIND
from reunite.core.policy.details import contact_details
from reunite.models import Contact, Event, Retired
from reunite.models import Identifier as IdentifierRow
from reunite.services.audit.check import check
from reunite.services.identify import declared
from reunite.services.identify.identify import identify
from reunite.services.identify.resolve import resolve
from reunite.services.policy.change import change_policy, read_policy
from reunite.services.repair.retire import retire
from reunite.store.database.dialects import Restart
from reunite.store.database.queries import outside
from reunite.store.database.transactions import transaction
from reunite.store.tables import policies
from tests.scopes import SCOPE

pytestmark = pytest.mark.django_db(transaction=True)

EXCLUSIVE = {"customerNumber": {"perPerson": 1}, "whatsapp": {}, "note": {"links": False}}
FREE = {"customerNumber": {}, "whatsapp": {}, "note": {"links": False}}
FULL = {"whatsapp": {"contactsPerValue": 3}}


@pytest.fixture(params=[EXCLUSIVE, FREE], ids=["with a limit", "without limits"])
def kinds(request):
    declare(request.param)
    return request.param


@pytest.fixture(autouse=True)
def consistent():
    yield
    assert list(check()) == []


def declare(kinds, **rules):
    change_policy(SCOPE, read_policy(SCOPE, {"kinds": kinds, **rules}))


def given(identifiers):
    return {kind: [each] if isinstance(each, str) else each for kind, each in identifiers.items()}


def tell(email=None, phone=None, **identifiers):
    return identify(SCOPE, email, phone, identifiers=given(identifiers))


def ask(email=None, phone=None, **identifiers):
    return resolve(SCOPE, email, phone, identifiers=given(identifiers))


def plan(email=None, phone=None, **identifiers):
    current = policies.last_seen(SCOPE)
    details = contact_details(email, phone, given(identifiers), policy=current.policy)
    return declared.planned(SCOPE, outside, current, details)


def apply(request):
    with transaction(wait_seconds=1) as locked:
        return declared.apply(SCOPE, request, locked, policy=policies.last_seen(SCOPE).policy)


def values_in_rows(contact_id):
    rows = IdentifierRow.objects.filter(contact_id=contact_id).order_by("id")
    return [(row.kind, row.value, row.key, row.counts) for row in rows]


def test_a_request_for_a_new_person_an_old_one_and_no_change(kinds):
    new = tell("a@x.example", customerNumber=" 1 ", note="gold")
    assert (new.outcome, new.decision.created) == (Outcome.CREATED, new.person.id)
    assert new.decision.ignored == (("note", Ignored.CARRIED),)
    assert values_in_rows(new.person.id) == [
        ("customerNumber", " 1 ", "1", True),
        ("note", "gold", "gold", False),
    ]

    linked = tell("a@x.example", "7", customerNumber="1", whatsapp=["W", "X", "Y"])
    assert (linked.outcome, linked.person.id) == (Outcome.LINKED, new.person.id)
    assert linked.person.secondary_ids == [linked.decision.created]
    assert linked.person.phone_numbers == ["7"]
    assert linked.person.others == {
        "customerNumber": [" 1 "],
        "note": ["gold"],
        "whatsapp": ["W", "X", "Y"],
    }
    assert [each[0] for each in values_in_rows(linked.decision.created)] == [
        "customerNumber",
        *["whatsapp"] * 3,
    ]

    for again in (
        {"email": "a@x.example", "customerNumber": "1"},
        {"phone": "7", "whatsapp": "Y", "note": "gold"},
        {"whatsapp": ["X", "W"], "customerNumber": "1"},
    ):
        answer = tell(**again)
        assert (answer.outcome, answer.person) == (Outcome.UNCHANGED, linked.person)


def test_a_request_of_as_many_values_as_it_may_have(kinds):
    values = [f"W{n}" for n in range(8)]
    declare({**kinds, "card": {}})
    first = tell(whatsapp=values, card=[f"C{n}" for n in range(8)])
    assert first.outcome is Outcome.CREATED
    assert tell(whatsapp=values, card="C7").outcome is Outcome.UNCHANGED
    linked = tell(whatsapp=values, card=["new", *(f"C{n}" for n in range(7))])
    assert (linked.outcome, linked.person.id) == (Outcome.LINKED, first.person.id)
    assert len(linked.person.others["card"]) == 9


def test_the_strongest_kind_need_not_be_a_built_in_one():
    declare({"whatsapp": {}, "phone": {}, "customerNumber": {"perPerson": 1}})
    first = tell("a@x.example", "7", whatsapp="W", customerNumber="1")
    assert tell("a@x.example", "7", customerNumber="1", whatsapp="W").person == first.person
    assert tell("b@x.example", whatsapp="W").person.id == first.person.id


def test_a_retired_value_does_not_count_in_a_request(kinds):
    first = tell("a@x.example", whatsapp="W")
    retire(SCOPE, identifiers={"whatsapp": ["W"]})

    answer = tell("a@x.example", whatsapp="W")
    assert (answer.outcome, answer.person.id) == (Outcome.UNCHANGED, first.person.id)
    assert answer.decision.ignored == (("whatsapp", Ignored.RETIRED),)
    other = tell("b@x.example", whatsapp="W")
    assert other.outcome is Outcome.CREATED
    for request in (tell, ask):
        with pytest.raises(NoUsableIdentifier):
            request(whatsapp="W")


def test_a_new_value_that_is_only_stored_makes_a_contact(kinds):
    first = tell("a@x.example", whatsapp="W")
    linked = tell("a@x.example", whatsapp="W", note="gold")
    assert (linked.outcome, linked.person.id) == (Outcome.LINKED, first.person.id)
    assert tell("a@x.example", whatsapp="W", note="gold").outcome is Outcome.UNCHANGED


def test_a_person_becomes_suspicious_and_then_large(kinds):
    first = tell("a0@x.example", customerNumber="1").person
    for n in range(1, MAX_CONTACTS):
        tell(f"a{n}@x.example", customerNumber="1")
        events = Event.objects.filter(type="person.suspicious").count()
        assert events == int(n >= MAX_OF_A_KIND)
    known = tell(f"a{n}@x.example", customerNumber="1")
    assert (known.outcome, known.person.size) == (Outcome.UNCHANGED, MAX_CONTACTS)

    large = tell("more@x.example", customerNumber="1")
    assert (large.outcome, large.person.size) == (Outcome.LINKED, MAX_CONTACTS + 1)
    for email in ("more@x.example", "a7@x.example"):
        for request in (ask, tell):
            found = request(email, customerNumber="1").person
            assert (found.id, found.secondary_ids) == (large.person.id, large.person.secondary_ids)
    assert tell("last@x.example", customerNumber="1").person.size == MAX_CONTACTS + 2
    assert large.person.id == first.id


def test_a_value_that_too_many_contacts_carry_is_retired():
    declare(FULL)
    for n in range(3):
        assert tell(f"a{n}@x.example", whatsapp="W").outcome in (Outcome.CREATED, Outcome.LINKED)
    fourth = tell("a3@x.example", whatsapp="W")
    assert fourth.outcome is Outcome.CREATED
    assert fourth.decision.ignored == (("whatsapp", Ignored.RETIRED),)
    assert Retired.objects.count() == 1


def test_resolve_says_what_identify_does(kinds):
    requests = [
        {"email": "a@x.example", "customerNumber": "1"},
        {"email": "a@x.example", "customerNumber": "1"},
        {"phone": "7", "customerNumber": "1"},
        {"email": "b@x.example", "customerNumber": "2"},
        {"email": "b@x.example", "customerNumber": "1"},
        {"email": "b@x.example", "phone": "7", "whatsapp": "W"},
    ]
    persons = {}
    for request in requests:
        before = ask(**request)
        after = tell(**request)
        assert before.decision.outcome is after.outcome
        assert before.decision.absorbed == after.decision.absorbed
        assert before.person == persons.get(after.person.id)
        persons[after.person.id] = after.person


def test_a_plan_for_other_owners_means_to_begin_again(kinds):
    new = plan("a@x.example", customerNumber="1")
    first = tell("a@x.example", customerNumber="1").person
    linked = plan("a@x.example", whatsapp="W")
    other = tell("b@x.example", whatsapp="W").person
    stored = plan("a@x.example", customerNumber="1", note="gold")
    tell("a@x.example", note="gold")
    absorbed = plan("b@x.example", whatsapp="X")
    assert tell("a@x.example", None, whatsapp="W").decision.absorbed == (other.id,)
    revised = plan("c@x.example", whatsapp="Y")
    retire(SCOPE, identifiers={"whatsapp": ["W"]})
    before = list(Contact.objects.order_by("id").values())

    for request in (new, linked, stored, absorbed, revised):
        with pytest.raises(Restart):
            apply(request)

    assert list(Contact.objects.order_by("id").values()) == before
    assert first.id != other.id


@pytest.mark.skipif("connection.vendor != 'sqlite'", reason="PostgreSQL has no such trace")
def test_a_request_sends_as_few_statements_as_one_without_declared_kinds(kinds):
    def sent(email, **identifiers):
        statements = []
        tell("warm@x.example")
        connection.connection.set_trace_callback(statements.append)
        try:
            tell(email, **identifiers)
        finally:
            connection.connection.set_trace_callback(None)
        return [each for each in statements if "clock_at = " not in each]

    for phones in ((None, None), ("7", "8")):
        without = len(sent("a@x.example", phone=phones[0]))
        assert len(sent("b@x.example", phone=phones[1], customerNumber="1")) <= without + 1
    assert len(sent("b@x.example", customerNumber="1")) == len(sent("a@x.example")) == 1
