"""A policy changes, and with it what stored contacts match by."""

from dataclasses import replace
from functools import partial

import pytest

from reunite.core.errors import (
    InvalidRequest,
    PolicyChanged,
    PolicyNeedsAJob,
    WouldJoinKeptApart,
)
from reunite.core.identifiers.kinds import Ignored, Kind, NormalizationRules
from reunite.core.policy.parts import Blocked
from reunite.core.policy.policy import PROTECT, SPEC, Policy
from reunite.core.repair.regroup import LinkState
from reunite.core.scope import DEFAULT_WORKSPACE_ID
from reunite.models import Contact, Event, Link, Rekeyed, Retired, Separation, Workspace
from reunite.models import Policy as PolicyRow
from reunite.services.audit.check import check
from reunite.services.identify.identify import identify
from reunite.services.policy import change as policy_service
from reunite.services.policy.change import (
    canonical_form_in_force,
    change_policy,
    declared_kinds,
    list_policy_versions,
    read_policy,
    show_policy,
)
from reunite.services.policy.job import apply_policy
from reunite.services.policy.normalize import Normalized, normalize
from tests.builders import NOON, set_policy
from tests.scopes import SCOPE

US = NormalizationRules(default_region="US")
FOLDING = NormalizationRules(fold_gmail=True)
NATIONAL, INTERNATIONAL = "(415) 555-2671", "+1 415 555 2671"


@pytest.fixture(params=["at once", "as a job"])
def apply(request):
    """Both ways in which a policy comes into force."""
    return partial(change_policy if request.param == "at once" else apply_policy, SCOPE)


def persons():
    found = {}
    for id, linked_id in Contact.objects.filter(deleted_at=None).values_list("id", "linked_id"):
        found.setdefault(linked_id or id, []).append(id)
    return sorted(sorted(each) for each in found.values())


def ids(*answers):
    return [each.person.contacts[-1].id for each in answers]


def revision():
    return Workspace.objects.get(pk=DEFAULT_WORKSPACE_ID).revision


def consistent():
    assert list(check()) == []
    assert not Rekeyed.objects.exists()
    return True


def test_without_any_policy_that_of_the_settings_is_in_force(settings):
    settings.REUNITE = {"DEFAULT_REGION": "US"}
    shown = show_policy(SCOPE)

    assert (shown.version, shown.policy, shown.created_at) == (0, Policy(normalization=US), None)
    assert list_policy_versions(SCOPE, after=0, limit=9) == []
    assert read_policy(SCOPE, {}) == shown.policy


def test_every_change_is_a_version_and_nothing_is_overwritten(apply):
    apply(PROTECT)
    before = revision()
    apply(SPEC)

    shown = show_policy(SCOPE)
    assert (shown.version, shown.policy, shown.prepared) == (2, SPEC, None)
    assert [
        (each.version, each.policy) for each in list_policy_versions(SCOPE, after=0, limit=9)
    ] == [
        (1, PROTECT),
        (2, SPEC),
    ]
    assert all(each.applied_at for each in list_policy_versions(SCOPE, after=0, limit=9))
    assert revision() > before


def test_the_policy_that_is_in_force_already_stays(apply):
    apply(PROTECT)
    apply(PROTECT)
    assert show_policy(SCOPE).version == PolicyRow.objects.count() == 1


def test_a_change_that_expected_another_version_is_refused():
    change_policy(SCOPE, PROTECT, expected_version=0)
    with pytest.raises(PolicyChanged):
        change_policy(SCOPE, SPEC, expected_version=0)
    assert change_policy(SCOPE, SPEC, expected_version=1).version == 2


def test_a_region_joins_national_and_international_numbers(apply):
    one, two, three = ids(
        identify(SCOPE, "a@x.example", NATIONAL),
        identify(SCOPE, "b@x.example", INTERNATIONAL),
        identify(SCOPE, "c@x.example", "123456"),
    )
    assert persons() == [[one], [two], [three]]

    apply(Policy(normalization=US))

    assert persons() == [[one, two], [three]]
    assert identify(SCOPE, None, "415 555 2671").person.id == one
    event = Event.objects.get(type="policy.applied")
    assert (event.person_id, event.payload) == (
        one,
        {
            "version": 1,
            "before": [
                {"personId": one, "contactIds": [one]},
                {"personId": two, "contactIds": [two]},
            ],
            "after": [{"personId": one, "contactIds": [one, two]}],
        },
    )
    assert consistent()


def test_what_a_region_joined_parts_when_it_is_taken_back(apply):
    apply(Policy(normalization=US))
    one, two = ids(
        identify(SCOPE, "a@x.example", NATIONAL), identify(SCOPE, "b@x.example", INTERNATIONAL)
    )
    assert persons() == [[one, two]]

    apply(SPEC)

    assert persons() == [[one], [two]]
    assert consistent()


def test_a_merge_survives_that_its_identifiers_get_other_names(apply):
    identify(SCOPE, "doc.brown@gmail.com", None)
    identify(SCOPE, None, NATIONAL)
    identify(SCOPE, "doc.brown@gmail.com", NATIONAL)
    before = persons()

    apply(Policy(normalization=NormalizationRules(default_region="US", fold_gmail=True)))

    assert persons() == before
    link = Link.objects.get()
    assert (link.left_key, link.right_key) == ("docbrown@gmail.com", "+14155552671")
    assert (
        identify(SCOPE, "DocBrown@gmail.com", INTERNATIONAL).person.contacts[0].id == before[0][0]
    )
    assert consistent()


def test_a_blocked_value_no_longer_joins_and_joins_again_when_it_is_allowed(apply):
    blocked = Policy(blocked=Blocked(emails=("info@x.example",)))
    one, two = ids(identify(SCOPE, "info@x.example", "1"), identify(SCOPE, "info@x.example", "2"))
    other = identify(SCOPE, None, "3").person.id
    identify(SCOPE, "info@x.example", "3")
    link = Link.objects.get()

    apply(blocked)

    assert persons() == [[one], [two], [other]]
    link.refresh_from_db()
    assert link.state == LinkState.SUSPENDED
    assert consistent()

    apply(SPEC)

    assert persons() == [[one, two, other]]
    link.refresh_from_db()
    assert link.state == LinkState.LIVE
    assert consistent()


def test_a_policy_that_would_join_whom_a_separation_keeps_apart_is_refused(apply):
    one, two = ids(
        identify(SCOPE, "a@x.example", NATIONAL), identify(SCOPE, "b@x.example", INTERNATIONAL)
    )
    kept = Separation.objects.create(
        workspace_id=DEFAULT_WORKSPACE_ID, left_id=one, right_id=two, created_at=NOON
    )
    with pytest.raises(WouldJoinKeptApart) as refused:
        apply(Policy(normalization=US))

    assert refused.value.separation_ids == [kept.pk]
    assert str(refused.value).endswith(f"lift {kept.pk} first.")
    assert persons() == [[one], [two]]
    assert show_policy(SCOPE).version == 0

    kept.delete()
    apply(Policy(normalization=US))

    assert persons() == [[one, two]]
    assert show_policy(SCOPE).version == 1


def retire(kind, key):
    """Retire an identifier as it is stored."""
    Retired.objects.create(
        workspace_id=DEFAULT_WORKSPACE_ID, kind=kind, key=key, origin="operator", created_at=NOON
    )
    Contact.objects.filter(**{f"{kind}_key": key}).update(**{f"{kind}_key": None})


def test_what_is_retired_stays_so_under_its_new_name(apply):
    one = identify(SCOPE, "a@x.example", NATIONAL).person.id
    retire("phone", "4155552671")
    two = identify(SCOPE, "b@x.example", INTERNATIONAL).person.id

    apply(Policy(normalization=US))

    assert persons() == [[one], [two]]
    assert list(Retired.objects.values_list("key", "origin")) == [("+14155552671", "operator")]
    assert set(Contact.objects.values_list("phone_key", flat=True)) == {None}


def test_what_was_one_retired_identifier_may_become_several(apply):
    apply(Policy(normalization=FOLDING))
    identify(SCOPE, "doc.brown@gmail.com", "1")
    identify(SCOPE, "docbrown@gmail.com", "2")
    retire("email", "docbrown@gmail.com")
    retire("email", "nobody@gmail.com")

    apply(SPEC)

    assert set(Retired.objects.values_list("key", flat=True)) == {
        "doc.brown@gmail.com",
        "docbrown@gmail.com",
        "nobody@gmail.com",
    }
    assert set(Contact.objects.values_list("email_key", flat=True)) == {None}


def test_in_a_large_workspace_keys_change_only_as_a_job(monkeypatch):
    monkeypatch.setattr(policy_service, "APPLIED_AT_ONCE", 1)
    identify(SCOPE, "a@x.example", NATIONAL)
    identify(SCOPE, "b@x.example", INTERNATIONAL)

    with pytest.raises(PolicyNeedsAJob):
        change_policy(SCOPE, Policy(normalization=US))

    assert change_policy(SCOPE, Policy(limits=PROTECT.limits)).version == 1


def test_values_are_normalized_without_being_stored():
    assert dict(normalize(SCOPE, " A@X.example", NATIONAL)) == {
        Kind.EMAIL: Normalized("a@x.example"),
        Kind.PHONE: Normalized("4155552671"),
    }
    assert dict(normalize(SCOPE, None, NATIONAL, policy=Policy(normalization=US))) == {
        Kind.PHONE: Normalized("+14155552671")
    }
    assert dict(normalize(SCOPE, "null", None)) == {
        Kind.EMAIL: Normalized(ignored=Ignored.PLACEHOLDER)
    }
    retire("phone", "4155552671")
    found = dict(normalize(SCOPE, "a", NATIONAL))
    assert found[Kind.EMAIL].error.code == "invalid_email"
    assert found[Kind.PHONE] == Normalized(ignored=Ignored.RETIRED)
    with pytest.raises(InvalidRequest):
        normalize(SCOPE, None, " ")
    assert not Contact.objects.exists()


def test_a_value_that_does_not_count_is_compared_by_what_the_policy_makes_of_it():
    set_policy(normalization={"defaultRegion": "US"})
    identify(SCOPE, "a@x.example", None)
    assert canonical_form_in_force(SCOPE, Kind.PHONE, "(415) 555-2671") == "+14155552671"


def test_the_kinds_that_a_policy_declares_are_known_by_name():
    set_policy(kinds={"customerNumber": {"perPerson": 1}})
    identify(SCOPE, "a@x.example", None)
    assert declared_kinds(SCOPE)["customerNumber"].per_person == 1


def test_a_policy_needs_a_job_where_it_changes_keys_of_too_many_contacts(monkeypatch):
    identify(SCOPE, "a@x.example", "1")
    identify(SCOPE, "b@x.example", "2")
    folding = replace(SPEC, normalization=replace(SPEC.normalization, fold_gmail=True))
    assert not policy_service.needs_a_job(SCOPE, folding)
    monkeypatch.setattr(policy_service, "APPLIED_AT_ONCE", 1)
    assert policy_service.needs_a_job(SCOPE, folding)
    assert not policy_service.needs_a_job(SCOPE, SPEC)


def change(**rules):
    change_policy(SCOPE, read_policy(SCOPE, rules))


def test_kinds_without_values_are_declared_and_taken_away_without_a_job(monkeypatch):
    identify(SCOPE, "a@x.example", "1")
    identify(SCOPE, "b@x.example", "2")
    monkeypatch.setattr(policy_service, "APPLIED_AT_ONCE", 1)
    change(kinds={"card": {}, "note": {"blocked": ["x"]}})
    identify(SCOPE, "a@x.example", None, identifiers={"card": ["C-1"]})
    change(kinds={"card": {}, "loyalty": {"normalize": "digits"}})

    for kinds in ({}, {"loyalty": {}}, {"card": {"normalize": "lower"}}):
        with pytest.raises(PolicyNeedsAJob):
            change(kinds=kinds)
    with pytest.raises(PolicyNeedsAJob):
        change(kinds={"card": {}}, normalization={"foldGmail": True})
    assert list(check()) == []


def test_a_kind_with_a_retired_value_or_the_end_of_a_link_has_values(monkeypatch):
    identify(SCOPE, "a@x.example", "1")
    identify(SCOPE, "b@x.example", "2")
    workspace = Workspace.objects.get(pk=DEFAULT_WORKSPACE_ID)
    Retired.objects.create(
        workspace=workspace, kind="card", key="1", value="1", origin="operator", created_at=NOON
    )
    monkeypatch.setattr(policy_service, "APPLIED_AT_ONCE", 1)
    with pytest.raises(PolicyNeedsAJob):
        change(kinds={"card": {}})
    change(kinds={"note": {}})
