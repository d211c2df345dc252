"""A simulation says what a policy would do, and does nothing."""

from contextlib import suppress
from dataclasses import replace

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from reunite.core.errors import NoUsableIdentifier
from reunite.core.identifiers.kinds import Kind, NormalizationRules
from reunite.core.policy.parts import Blocked, Limits, Pattern, Values
from reunite.core.policy.policy import PROTECT, SPEC, Policy
from reunite.core.repair.effects import Sample, Size
from reunite.core.scope import DEFAULT_WORKSPACE_ID
from reunite.models import Contact, Event, Link, Separation
from reunite.models import Policy as PolicyRow
from reunite.services.identify.identify import identify
from reunite.services.policy.change import change_policy
from reunite.services.policy.simulate import Hub, simulate
from reunite.store.policy import rekeying
from tests.builders import NOON, make_contact
from tests.effort import EFFORT
from tests.emptying import empty_tables
from tests.scopes import SCOPE

US = Policy(normalization=NormalizationRules(default_region="US"))


def rows():
    tables = (Contact, Link, Event, PolicyRow)
    return [list(table.objects.order_by("pk").values()) for table in tables]


def test_of_nothing_nothing_would_come():
    found = simulate(SCOPE, US)

    assert (found.contacts, found.persons_before, found.after.count) == (0, 0, 0)
    assert (found.largest_before, found.after.largest, found.hubs) == (None, None, None)


def test_persons_that_would_merge_are_counted_and_sampled(monkeypatch):
    monkeypatch.setattr(rekeying, "CHUNK_LENGTH", 2)
    one = identify(SCOPE, "a@x.example", "(415) 555-2671").person.id
    other = identify(SCOPE, "b@x.example", "+1 415 555 2671").person.id
    identify(SCOPE, "c@x.example", "123456")
    before = rows()

    found = simulate(SCOPE, US)

    assert rows() == before
    assert (found.contacts, found.rekeyed) == (3, 1)
    assert (found.persons_before, found.after.count) == (3, 2)
    assert (found.largest_before, found.after.largest) == (Size(one, 1), Size(one, 2))
    assert (found.after.effects.splits, found.after.effects.merges) == (0, 1)
    assert found.after.effects.samples == (
        Sample(before=(Size(one, 1), Size(other, 1)), after=(Size(one, 2),)),
    )


def test_persons_that_would_split_are_counted_and_sampled():
    one = identify(SCOPE, "info@x.example", "1").person.id
    two, three = (
        identify(SCOPE, "info@x.example", phone).person.contacts[-1].id for phone in ("2", "3")
    )
    other = identify(SCOPE, "b@x.example", "4").person.id
    identify(SCOPE, "b@x.example", "5")

    found = simulate(SCOPE, Policy(blocked=Blocked(emails=("info@x.example",))))

    assert (found.persons_before, found.after.count) == (2, 4)
    assert (found.largest_before, found.after.largest) == (Size(one, 3), Size(other, 2))
    assert (found.after.effects.splits, found.after.effects.merges) == (1, 0)
    assert found.after.effects.samples == (
        Sample(before=(Size(one, 3),), after=(Size(one, 1), Size(two, 1), Size(three, 1))),
    )
    assert found.uncounted == {"blocked": 3}


def test_values_that_would_not_count_are_counted_by_their_reason():
    make_contact("a@x.example", "0")
    make_contact("b@x.example", "1", email_key=None)
    Contact.objects.update(email="no at sign")

    assert simulate(SCOPE, SPEC).uncounted == {"placeholder": 1, "unreadable": 2}


def test_at_most_twenty_samples_are_told():
    for n in range(22):
        identify(SCOPE, f"{n}@x.example", f"(415) 555-{2000 + n}")
        identify(SCOPE, f"other{n}@x.example", f"+1 415 555 {2000 + n}")

    effects = simulate(SCOPE, US).after.effects

    assert (effects.merges, len(effects.samples)) == (22, 20)


def test_separations_that_stand_against_it_are_told():
    one = identify(SCOPE, "a@x.example", "(415) 555-2671").person.id
    other = identify(SCOPE, "b@x.example", "+1 415 555 2671").person.id
    kept = Separation.objects.create(
        workspace_id=DEFAULT_WORKSPACE_ID, left_id=one, right_id=other, created_at=NOON
    )
    assert simulate(SCOPE, US).kept_apart == [kept.pk]


def test_persons_over_a_limit_are_counted():
    for n in range(3):
        identify(SCOPE, f"{n}@x.example", "1")
        identify(SCOPE, "b@x.example", f"(415) 555-267{n}")
    identify(SCOPE, "c@x.example", "+1 415 555 2670")
    identify(SCOPE, "d@x.example", "+1 415 555 2671")
    limits = Limits(emails_per_person=2, phones_per_person=2)

    assert simulate(SCOPE, Policy(limits=limits)).over_limit == {Kind.EMAIL: 1, Kind.PHONE: 1}
    assert simulate(SCOPE, Policy(limits=limits, normalization=US.normalization)).over_limit == {
        Kind.EMAIL: 2,
        Kind.PHONE: 1,
    }
    assert simulate(SCOPE, Policy(limits=Limits(emails_per_person=9))).over_limit == {Kind.EMAIL: 0}


def test_hubs_that_would_be_retired_are_told_with_the_persons_then():
    center = [identify(SCOPE, f"{n}@x.example", "1").person.contacts[-1].id for n in range(4)]
    identify(SCOPE, "b@x.example", "2")
    limits = Limits(contacts_per_phone=3)

    found = simulate(SCOPE, Policy(limits=limits))

    assert found.after.count == 2
    assert found.hubs.count == 1
    assert found.hubs.hubs == (Hub(Kind.PHONE, 4, tuple(center)),)
    assert found.hubs.persons.count == 5
    assert found.hubs.persons.largest == Size(center[0], 1)
    assert found.hubs.persons.effects.splits == 1
    allowed = Policy(limits=limits, allowed=Values(phone_numbers=("1",)))
    assert simulate(SCOPE, allowed).hubs is None
    assert simulate(SCOPE, PROTECT).hubs is None


def test_hubs_are_sought_with_the_keys_that_contacts_would_have():
    ids = [
        identify(SCOPE, f"{n}@x.example", phone).person.contacts[-1].id
        for n, phone in enumerate(["(415) 555-2671", "+1 415 555 2671", "+1 4155552671"])
    ]
    policy = Policy(limits=Limits(contacts_per_phone=2), normalization=US.normalization)

    found = simulate(SCOPE, policy)

    assert found.after.count == 1
    assert found.hubs.hubs == (Hub(Kind.PHONE, 3, tuple(ids)),)
    assert found.hubs.persons.count == 3


emails = st.sampled_from(["a.b@gmail.com", "ab@gmail.com", "none@none.com", "c@x.example"])
phones = st.sampled_from(["(415) 555-2671", "+1 415 555 2671", "0000000", "5", "6"])
said = st.lists(st.tuples(st.none() | emails, st.none() | phones).filter(any), max_size=8)
policies = st.builds(
    Policy,
    placeholders=st.booleans(),
    blocked=st.builds(
        Blocked,
        emails=st.lists(emails, max_size=1).map(tuple),
        patterns=st.lists(st.just(Pattern(Kind.PHONE, "^5")), max_size=1).map(tuple),
    ),
    normalization=st.builds(NormalizationRules, st.sampled_from([None, "US"]), st.booleans()),
)


@given(said, policies, policies)
@settings(max_examples=15 * EFFORT, deadline=None, suppress_health_check=list(HealthCheck))
def test_what_was_simulated_is_what_comes(requests, first, second):
    empty_tables()
    change_policy(SCOPE, first)
    for request in requests:
        with suppress(NoUsableIdentifier):
            identify(SCOPE, *request)
    before = rows()

    found = simulate(SCOPE, second)

    assert rows() == before
    count = Contact.objects.filter(linked_id=None).count
    assert found.persons_before == count()
    change_policy(SCOPE, second)
    assert found.after.count == count()
    sizes = Contact.objects.values_list("id", "linked_id")
    by_person = {}
    for id, linked_id in sizes:
        by_person[linked_id or id] = by_person.get(linked_id or id, 0) + 1
    assert (found.after.largest and found.after.largest.contacts) == max(
        by_person.values(), default=None
    )


def office(name, shared):
    """Three colleagues who share a phone number; each has another one of their own."""
    for place in range(3):
        identify(SCOPE, f"{place}@{name}.example", shared)
    for place in range(3):
        identify(SCOPE, f"{place}@{name}.example", f"+1212555{name}{place}")


def test_hubs_that_join_persons_who_share_nothing_else_are_told():
    office("100", "+12125550001")
    office("200", "212-555-0002")
    identify(SCOPE, "loyal@x.example", "+12125550003")
    limits = Limits(persons_per_phone=2)

    found, in_us = (
        simulate(SCOPE, Policy(limits=limits)),
        simulate(SCOPE, replace(US, limits=limits)),
    )

    assert found.hubs.count == 2
    assert (found.after.count, found.hubs.persons.count) == (3, 7)
    assert in_us.hubs.count == 2
    assert in_us.hubs.persons.count == 7
    assert simulate(SCOPE, Policy(limits=Limits(persons_per_phone=3))).hubs is None
