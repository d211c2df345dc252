"""Decisions stand whatever policies come and go: links, and what is retired, keep their values."""

from contextlib import suppress
from functools import partial

import pytest
from django.db import connection
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from reunite.core.errors import ReuniteError
from reunite.core.identifiers.kinds import FIRST_RULES, NormalizationRules
from reunite.core.identify.plan import Outcome
from reunite.core.policy.parts import Blocked
from reunite.core.policy.policy import SPEC, Policy
from reunite.models import Contact, Link, Retired, Tombstone, Withheld, Workspace
from reunite.services.audit.check import check
from reunite.services.audit.rebuild import rebuild
from reunite.services.identify.batch import identify_batch
from reunite.services.identify.identify import identify
from reunite.services.persons.explain import explain
from reunite.services.policy.change import change_policy, with_latest_rules
from reunite.services.policy.simulate import simulate
from reunite.services.repair.erase import erase
from reunite.services.repair.links import approve_link, reject_link, revoke_link
from reunite.services.repair.retire import list_retired, restore, retire
from reunite.services.repair.split import split
from reunite.store.policy import link_values
from tests.builders import NOON
from tests.effort import EFFORT
from tests.emptying import empty_tables
from tests.scopes import SCOPE

US = Policy(normalization=NormalizationRules(default_region="US"))
FOLDING = Policy(normalization=NormalizationRules(fold_gmail=True))
VERIFIED = Policy(join_only_verified=True)
PHONE, INTERNATIONAL = "4155550102", "+1 415 555 0102"


def persons():
    found = {}
    for id, linked_id in Contact.objects.filter(deleted_at=None).values_list("id", "linked_id"):
        found.setdefault(linked_id or id, set()).add(id)
    return found


def is_sound():
    assert list(check()) == []
    assert rebuild(SCOPE).changes_nothing
    return True


def everything_stored():
    """Every value of every column of every table, as text."""
    with connection.cursor() as cursor:
        for table in connection.introspection.table_names(cursor):
            cursor.execute(f'SELECT * FROM "{table}"')
            yield from (str(value) for row in cursor.fetchall() for value in row)


def held():
    """A held merge of two persons by an email and a phone number: the link's id."""
    change_policy(SCOPE, VERIFIED)
    identify(SCOPE, "ann@x.example", None)
    identify(SCOPE, None, PHONE)
    assert identify(SCOPE, "ann@x.example", PHONE).outcome is Outcome.HELD
    return Link.objects.get().pk


@pytest.mark.parametrize(
    "send", [partial(identify, SCOPE), lambda *said: identify_batch(SCOPE, [said])]
)
def test_a_link_keeps_the_values_of_the_request(send):
    identify(SCOPE, "ann@x.example", None)
    identify(SCOPE, None, PHONE)
    send("Ann@X.example", "415-555-0102")

    assert Link.objects.values_list("left_value", "right_value").get() == (
        "Ann@X.example",
        "415-555-0102",
    )


def test_new_rules_reach_all_links_however_few_are_read_at_a_time(monkeypatch):
    monkeypatch.setattr(link_values, "CHUNK_LENGTH", 1)
    for name in "ab":
        identify(SCOPE, f"{name}@x.example", None)
        identify(SCOPE, None, f"415555010{ord(name) % 10}")
        identify(SCOPE, f"{name}@x.example", f"415555010{ord(name) % 10}")

    change_policy(SCOPE, US)

    assert set(Link.objects.values_list("right_key", flat=True)) == {"+14155550107", "+14155550108"}
    assert is_sound()


def test_a_held_link_keeps_the_values_of_the_request():
    held()
    assert Link.objects.values_list("left_value", "right_value").get() == ("ann@x.example", PHONE)


def test_nothing_is_left_of_an_erased_email_that_was_retired_when_the_rules_changed():
    erased = identify(SCOPE, "a.b+t@gmail.com", None).person.id
    identify(SCOPE, None, "5550102")
    identify(SCOPE, "a.b+t@gmail.com", "5550102")
    retire(SCOPE, "a.b+t@gmail.com")
    change_policy(SCOPE, FOLDING)

    erase(SCOPE, erased)

    assert not [each for each in everything_stored() if "gmail.com" in each]
    assert is_sound()


def test_a_merge_that_was_rejected_stays_so_when_the_rules_changed_meanwhile():
    reject_link(SCOPE, held())
    retire(SCOPE, phone_number=PHONE)
    change_policy(SCOPE, US)
    restore(SCOPE, phone_number=PHONE)

    assert identify(SCOPE, "ann@x.example", PHONE).outcome is Outcome.HELD
    assert len(persons()) == 2
    assert is_sound()


def test_a_merge_survives_that_a_number_was_retired_when_the_region_changed():
    one = identify(SCOPE, "ann@x.example", None).person.id
    two = identify(SCOPE, None, PHONE).person.id
    identify(SCOPE, "ann@x.example", PHONE)
    retire(SCOPE, phone_number=PHONE)
    assert len(persons()) == 2
    change_policy(SCOPE, US)
    assert is_sound()
    restore(SCOPE, phone_number=INTERNATIONAL)

    assert persons() == {one: {one, two}}
    assert is_sound()


def test_a_stranger_is_not_joined_by_a_spelling_that_folding_made_one():
    change_policy(SCOPE, FOLDING)
    identify(SCOPE, "a.b+t@gmail.com", None)
    identify(SCOPE, None, "5550102")
    identify(SCOPE, "ab@gmail.com", "5550102")
    retire(SCOPE, "ab@gmail.com")
    change_policy(SCOPE, SPEC)

    stranger = identify(SCOPE, "ab@gmail.com", "5550199").person

    assert persons()[stranger.id] == {stranger.id}
    assert is_sound()


def test_a_held_link_can_be_approved_when_the_rules_changed_meanwhile():
    link = held()
    retire(SCOPE, phone_number=PHONE)
    change_policy(SCOPE, Policy(normalization=US.normalization, join_only_verified=True))
    restore(SCOPE, phone_number=PHONE)

    approve_link(SCOPE, link)

    assert len(persons()) == 1
    assert is_sound()


def test_the_spelling_of_the_request_says_who_is_meant_when_spellings_part():
    change_policy(SCOPE, FOLDING)
    older = identify(SCOPE, "a.b@gmail.com", "1").person.id
    meant = identify(SCOPE, "ab@gmail.com", "2").person.contacts[-1].id
    other = identify(SCOPE, None, "3").person.id
    identify(SCOPE, "ab@gmail.com", "3")

    change_policy(SCOPE, SPEC)

    assert persons() == {older: {older}, meant: {meant, other}}
    assert is_sound()


def test_a_link_of_another_spelling_goes_with_the_oldest_contact_that_has_the_identifier():
    change_policy(SCOPE, FOLDING)
    older = identify(SCOPE, "a.b@gmail.com", "1").person.id
    younger = identify(SCOPE, "ab@gmail.com", "2").person.contacts[-1].id
    other = identify(SCOPE, None, "3").person.id
    identify(SCOPE, "ab+shop@gmail.com", "3")
    Link.objects.update(left_value=None)  # As a link from before values were kept.
    told = simulate(SCOPE, SPEC)

    change_policy(SCOPE, SPEC)

    assert told.after.count == 2
    assert persons() == {older: {older, other}, younger: {younger}}
    assert Link.objects.get().left_value == "a.b@gmail.com"
    assert is_sound()


def test_what_is_retired_stays_so_in_all_spellings_that_contacts_had():
    change_policy(SCOPE, FOLDING)
    identify(SCOPE, "a.b@gmail.com", "1")
    identify(SCOPE, "ab@gmail.com", "2")
    retire(SCOPE, "A.B+x@gmail.com", reason="ours")
    (shown,) = list_retired(SCOPE, after=0, limit=9)
    assert (shown.identifier.key, shown.reason) == ("ab@gmail.com", "ours")

    change_policy(SCOPE, SPEC)

    keys = {each.identifier.key for each in list_retired(SCOPE, after=0, limit=9)}
    assert keys == {"a.b@gmail.com", "ab@gmail.com", "a.b+x@gmail.com"}
    change_policy(SCOPE, FOLDING)
    assert len(list_retired(SCOPE, after=0, limit=9)) == 1
    restore(SCOPE, "ab@gmail.com")
    assert not Retired.objects.exists()
    assert is_sound()


def test_what_was_blocked_when_it_was_retired_stays_retired_when_it_is_not_blocked_any_more():
    change_policy(
        SCOPE,
        Policy(blocked=Blocked(emails=("ab@gmail.com",)), normalization=FOLDING.normalization),
    )
    identify(SCOPE, "a.b@gmail.com", "1")
    retire(SCOPE, "ab@gmail.com")

    change_policy(SCOPE, SPEC)

    assert set(Contact.objects.values_list("email_key", flat=True)) == {None}
    assert is_sound()


def test_a_value_that_later_rules_cannot_read_comes_back_with_rules_that_can():
    Workspace.objects.update(rules_version=FIRST_RULES)
    one = identify(SCOPE, "ann@x.example", None).person.id
    two = identify(SCOPE, None, "4.4791E+11").person.id
    identify(SCOPE, "ann@x.example", "4.4791E+11")
    change_policy(SCOPE, with_latest_rules(SPEC))
    assert len(persons()) == 2
    assert is_sound()

    change_policy(SCOPE, Policy(normalization=NormalizationRules(version=FIRST_RULES)))

    assert persons() == {one: {one, two}}
    assert is_sound()


def test_an_erased_spelling_is_forgotten_where_others_have_the_identifier():
    change_policy(SCOPE, FOLDING)
    one = identify(SCOPE, "ab@gmail.com", "1").person.id
    two = identify(SCOPE, "a.b+gone@gmail.com", "2").person.contacts[-1].id
    identify(SCOPE, None, "3")
    identify(SCOPE, "a.b+gone@gmail.com", "3")
    split(SCOPE, one, [two])
    retire(SCOPE, "ab@gmail.com")
    assert Retired.objects.filter(value="a.b+gone@gmail.com").count() == 0
    Retired.objects.create(
        workspace_id=0,
        kind="email",
        key="ab@gmail.com",
        value="a.b+gone@gmail.com",
        origin="operator",
        created_at=NOON,
    )

    erase(SCOPE, two)

    assert not [each for each in everything_stored() if "gone" in each]
    assert list(Retired.objects.values_list("key", "value")) == [("ab@gmail.com", "ab@gmail.com")]
    assert is_sound()


def test_links_of_which_both_ends_become_one_part_again():
    one = identify(SCOPE, "a.b@gmail.com", "1").person.id
    two = identify(SCOPE, "ab@gmail.com", "2").person.id
    row = {
        "workspace_id": 0,
        "left_kind": "email",
        "left_key": "a.b@gmail.com",
        "right_kind": "email",
        "right_key": "ab@gmail.com",
        "origin": "operator",
        "created_at": NOON,
    }
    # Operators once joined two emails, not two contacts.
    link = Link.objects.create(**row, state="live")
    Contact.objects.filter(pk=two).update(linked_id=one, link_precedence="secondary")
    change_policy(SCOPE, FOLDING)
    assert explain(SCOPE, one, two).steps
    assert is_sound()
    change_policy(SCOPE, SPEC)

    link.refresh_from_db()
    assert link.state == "live"
    assert persons() == {one: {one, two}}
    assert is_sound()


def test_old_keys_are_found_and_put_right():
    one = identify(SCOPE, "a.b@gmail.com", None).person.id
    two = identify(SCOPE, None, "1").person.id
    identify(SCOPE, "a.b@gmail.com", "1")
    retire(SCOPE, phone_number="2")
    Link.objects.update(left_key="x.y@gmail.com", right_value=None)
    Retired.objects.update(key="3")
    assert {each.code for each in check()} == {
        "link_to_nobody",
        "not_connected",
        "link_or_retired_key_differs",
    }

    found = rebuild(SCOPE)

    assert (found.links, found.renamed_retired) == ([Link.objects.get().pk], 1)
    assert persons() == {one: {one, two}}
    assert is_sound()


POLICIES = st.builds(
    Policy,
    blocked=st.builds(
        Blocked,
        emails=st.sampled_from([(), ("ab@gmail.com",)]),
        phone_numbers=st.sampled_from([(), (PHONE,)]),
        domains=st.sampled_from([(), ("googlemail.com",)]),
    ),
    normalization=st.builds(
        NormalizationRules,
        default_region=st.sampled_from([None, "US", "GB"]),
        fold_gmail=st.booleans(),
        version=st.sampled_from([1, 2]),
    ),
    join_only_verified=st.booleans(),
)
EMAILS = ["a.b@gmail.com", "ab@gmail.com", "ab+t@googlemail.com", "c@x.example", "d@x.example"]
PHONES = [PHONE, "+14155550102", "14155550102", "5550102", "4.4791E+11", "07911123456"]
REQUESTS = st.tuples(st.sampled_from([None, *EMAILS]), st.sampled_from([None, *PHONES])).filter(any)
VALUES = st.one_of(
    st.sampled_from([(each, None) for each in EMAILS]),
    st.sampled_from([(None, each) for each in PHONES]),
)
STEPS = st.one_of(
    st.tuples(st.just(identify), REQUESTS),
    st.tuples(st.just(retire), VALUES),
    st.tuples(st.just(restore), VALUES),
    st.tuples(
        st.sampled_from([approve_link, reject_link, revoke_link, erase]),
        st.tuples(st.integers(0, 9)),
    ),
)


def do(steps):
    """Take the steps in an empty workspace; those that are refused change nothing."""
    empty_tables()
    for step, said in steps:
        if step in (approve_link, reject_link, revoke_link):
            ids = list(Link.objects.order_by("id").values_list("id", flat=True))
        elif step is erase:
            ids = list(Contact.objects.order_by("id").values_list("id", flat=True))
        else:
            ids = None
        if ids == []:
            continue
        with suppress(ReuniteError):
            step(SCOPE, *(said if ids is None else [ids[said[0] % len(ids)]]))


def left():
    """All that follows from what was decided, contacts by their places; values by their keys."""
    contacts = list(Contact.objects.order_by("id"))
    place = {each.pk: number for number, each in enumerate(contacts)}
    return {
        "contacts": [
            (
                each.email_key,
                each.phone_key,
                place.get(each.linked_id),
                each.email,
                each.deleted_at is None,
            )
            for each in contacts
        ],
        "links": list(Link.objects.order_by("id").values_list("left_key", "right_key", "state")),
        "withheld": sorted((place[each.contact_id], each.kind) for each in Withheld.objects.all()),
        "retired": sorted(set(Retired.objects.values_list("kind", "key"))),
        "tombstones": sorted(Tombstone.objects.values_list("kind", "digest")),
    }


@given(
    st.lists(STEPS, min_size=3, max_size=14),
    POLICIES,
    st.lists(POLICIES, min_size=1, max_size=3),
    POLICIES,
    st.booleans(),
)
@settings(max_examples=30 * EFFORT, deadline=None, suppress_health_check=list(HealthCheck))
def test_any_sequence_of_policies_leaves_what_the_last_one_alone_leaves(
    steps, first, between, last, is_old
):
    def begin():
        do([(change_policy, (first,)), *steps])
        if is_old:  # As rows from before values were kept.
            Link.objects.update(left_value=None, right_value=None)
            firsts = {}
            for row in Retired.objects.order_by("id"):
                firsts.setdefault((row.kind, row.key), row.pk)
            Retired.objects.exclude(pk__in=firsts.values()).delete()
            Retired.objects.update(value=None)

    begin()
    change_policy(SCOPE, last)
    at_once = left()
    begin()
    for policy in (*between, last):
        change_policy(SCOPE, policy)
        assert is_sound()

    assert left() == at_once
