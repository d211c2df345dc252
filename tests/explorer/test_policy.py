"""A policy is rehearsed before it is in force: what it would do is told, and nothing is written."""

import json
import re

import pytest

from reunite.core.access.callers import KeyScope
from reunite.core.errors import PolicyNeedsAJob
from reunite.core.policy.form import Leaf
from reunite.core.policy.policy import SPEC
from reunite.core.policy.rules import rules_of
from reunite.explorer.policy import form, views
from reunite.explorer.policy.differences import differences, in_words
from reunite.explorer.policy.form import fieldsets, rules_in
from reunite.models import Policy
from reunite.services.access.door import door
from reunite.services.access.keys import create_key
from reunite.services.identify.identify import identify
from reunite.services.policy import change
from reunite.services.policy.change import show_policy
from tests.builders import set_policy
from tests.explorer.pages import require_strict, text_of
from tests.scopes import SCOPE


def posted(page, **changed):
    """What a browser sends of the form of a page, with other values in some fields."""
    fields = {}
    for fieldset in page.context["fieldsets"]:
        for each in fieldset.fields:
            if each.widget != "flag":
                fields[each.path] = each.value
            elif each.value:
                fields[each.path] = "on"
    return {**fields, "expected_version": page.context["current"].version, **changed}


@pytest.fixture
def page(client):
    for number in range(3):
        identify(SCOPE, f"a{number}@x.example", "800500")
    return client.get("/explorer/policy")


def test_a_form_that_comes_back_unchanged_is_the_policy_in_force(client, page):
    require_strict(page)
    rehearsed = client.post("/explorer/policy/rehearse", posted(page))
    assert "It is the policy in force." in text_of(rehearsed)
    assert rehearsed.status_code == 200


def test_a_policy_is_rehearsed_and_then_in_force(client, page):
    changed = posted(
        page,
        **{"blocked.phoneNumbers": "800 500\n", "limits.emailsPerPerson": "25", "erased": "accept"},
    )

    rehearsed = client.post("/explorer/policy/rehearse", changed)

    text = text_of(rehearsed)
    assert "Persons now 1 Persons then 3 Would part 1 Would merge 0" in text
    assert "Blocked: phone numbers: with 800 500" in text
    assert "Limits: emails per person: none → 25" in text
    assert "Largest person 3 → 1 contacts" in text
    assert "Values that would not count: 3 blocked." in text
    assert not Policy.objects.exists()
    require_strict(rehearsed)

    applied = client.post("/explorer/policy/apply", posted(rehearsed), follow=True)

    assert applied.redirect_chain == [("/explorer/policy", 302)]
    policy = show_policy(SCOPE).policy
    assert (policy.blocked.phone_numbers, policy.erased) == (("800 500",), "accept")
    assert policy.limits.emails_per_person == 25
    assert "Version 1" in text_of(applied)


def test_versions_are_listed_with_their_differences(client):
    set_policy(blocked={"emails": ["info@x.example"]})
    set_policy(blocked={"emails": ["info@x.example"], "domains": ["mailinator.com"]})
    text = text_of(client.get("/explorer/policy"))
    assert "Version 2" in text
    assert "Version 1 Blocked: emails: with info@x.example" in text
    assert "Blocked: domains: with mailinator.com" in text


def test_the_latest_versions_come_first_and_lead_to_earlier_ones(client, monkeypatch):
    monkeypatch.setattr(views, "_MAX_VERSIONS", 2)
    for number in range(5):
        set_policy(limits={"emailsPerPerson": number + 1})
    page = client.get("/explorer/policy")
    seen = []
    while True:
        seen += [(each.version, changed[0].now) for each, changed in page.context["versions"]]
        if page.context["earlier"] is None:
            break
        page = client.get(f"/explorer/policy?before={page.context['earlier']}")
    assert seen == [(5, "5"), (4, "4"), (3, "3"), (2, "2"), (1, "1")]
    filled = client.get("/explorer/policy?version=2")
    assert posted(filled)["limits.emailsPerPerson"] == "2"
    assert client.get("/explorer/policy?version=99").status_code == 200
    assert client.get("/explorer/policy?version=x").status_code == 400


def test_the_form_is_filled_with_a_preset_which_is_then_rehearsed(client, page):
    filled = client.get("/explorer/policy?preset=protect")
    require_strict(filled)
    text = text_of(client.post("/explorer/policy/rehearse", posted(filled)))
    assert "Fillers: known: off → on" in text
    assert "Limits: persons per phone: none → 2" in text
    assert not Policy.objects.exists()


def test_persons_over_a_limit_are_told_by_kind(client, page):
    kinds = '{"device": {"perPerson": 1}}'
    set_policy(kinds={"device": {}})
    for device in ("d1", "d2"):
        identify(SCOPE, "a0@x.example", None, identifiers={"device": [device]})
    page = client.get("/explorer/policy")
    changed = posted(page, **{"limits.emailsPerPerson": "2", "kinds": kinds})
    text = text_of(client.post("/explorer/policy/rehearse", changed))
    assert "1 person would have more emails than the limit." in text
    assert "1 person would have more values of the kind device than the limit." in text


def test_differences_are_told_in_words():
    patterns = [{"kind": "email", "pattern": "^noreply@"}]
    before = {"a": {"onlyThis": True, "list": ["x", "y"]}, "erased": "refuse", "patterns": []}
    after = {
        "a": {"onlyThis": None, "list": ["y", *map(str, range(25))]},
        "erased": "refuse",
        "patterns": patterns,
        "more": {"kinds": ["x"]},
    }
    told = {each.label: (each.was, each.now) for each in differences(before, after)}
    assert told.pop("A: list") == ("x", ", ".join(map(str, range(20))) + " and 5 more")
    assert told == {
        "A: only this": ("on", "none"),
        "Patterns": ("", "email ^noreply@"),
        "More: kinds": ("", "x"),
    }
    assert in_words(patterns) == "email ^noreply@"
    assert in_words([]) == "none"


def test_a_field_that_is_new_to_the_page_is_json(rf, monkeypatch):
    devices = Leaf("invalid_type", "Send a list.", lambda given: isinstance(given, list))
    monkeypatch.setitem(form.FORM, "devices", devices)
    monkeypatch.setitem(form.FORM, "deep", {"deeper": {"flag": form.FORM["placeholders"]}})
    (general, *_, deep) = fieldsets({"devices": [{"name": "device"}], "deep": {}}, {})
    assert [each.path for each in deep.fields] == ["deep.deeper.flag"]
    field = general.fields[-1]
    assert (field.widget, field.value) == ("json", '[{"name": "device"}]')
    for given, read in ((field.value, [{"name": "device"}]), ("", None), ("[", "[")):
        assert rules_in(rf.post("/", {"devices": given}).POST)["devices"] == read


def test_declared_kinds_are_edited_as_json_and_stay_as_they_are(rf):
    kinds = {"customerNumber": {"perPerson": 1}, "email": {}}
    (general, *_) = fieldsets({"kinds": kinds}, {})
    field = next(each for each in general.fields if each.path == "kinds")
    assert json.loads(field.value) == kinds
    for given, read in ((field.value, kinds), ("", {})):
        assert rules_in(rf.post("/", {"kinds": given}).POST)["kinds"] == read
    (gone,) = differences({"kinds": kinds}, {})
    assert (gone.label, gone.now) == ("Kinds", "none")


def test_who_may_not_change_the_policy_sees_no_form(client):
    set_policy(blocked={"emails": ["info@x.example"]})
    door.forget()
    client.post("/explorer/sign-in/enter", {"key": create_key(SCOPE, "biff", {KeyScope.READ}).text})
    page = client.get("/explorer/policy")
    main = page.content.decode().partition("<main")[2]
    assert "it has no scope admin" in text_of(page)
    assert "Against the preset spec Blocked: emails: with info@x.example" in text_of(page)
    assert "<form" not in main
    require_strict(page)
    assert client.post("/explorer/policy/apply", {"expected_version": 1}).status_code == 403
    door.forget()


def test_what_cannot_be_used_is_marked_at_its_field(client, page):
    wrong = posted(
        page,
        **{
            "limits.emailsPerPerson": "many",
            "normalization.defaultRegion": "Xx",
            "blocked.patterns": "email (\ncolor x",
            "blocked.emails": "<script>alert(1)</script>",
        },
    )
    refused = client.post("/explorer/policy/rehearse", wrong)
    assert refused.status_code == 400
    assert "<script>alert" not in refused.content.decode()
    require_strict(refused)
    marked = {
        field.path for each in refused.context["fieldsets"] for field in each.fields if field.errors
    }
    assert {"limits.emailsPerPerson", "normalization.defaultRegion", "blocked.patterns"} <= marked
    assert "many" in refused.content.decode()
    assert client.post("/explorer/policy/apply", wrong).status_code == 400
    assert not Policy.objects.exists()


def test_a_policy_that_another_took_the_place_of_is_not_applied(client, page):
    set_policy(erased="accept")
    changed = posted(page, **{"blocked.emails": "info@x.example"})
    assert client.post("/explorer/policy/apply", changed).status_code == 409
    del changed["expected_version"]
    assert client.post("/explorer/policy/apply", changed).status_code == 400


def test_every_field_of_a_policy_is_in_the_form():
    names = [field.path for each in fieldsets(rules_of(SPEC), {}) for field in each.fields]
    flat = re.findall(r"[\w.]+", " ".join(names))
    assert "limits.contactsPerPhone" in flat
    assert len(names) == len(set(names)) > 15


def test_lines_of_patterns_are_read_with_their_kind(rf):
    request = rf.post("/", {"blocked.patterns": "email ^noreply@\r\n\r\nphone  ^\\+1900"})
    assert rules_in(request.POST)["blocked"]["patterns"] == [
        {"kind": "email", "pattern": "^noreply@"},
        {"kind": "phone", "pattern": "^\\+1900"},
    ]


@pytest.fixture
def many_contacts(monkeypatch):
    """A workspace with too many contacts for a policy that changes keys."""
    monkeypatch.setattr(change, "APPLIED_AT_ONCE", 1)


def test_a_policy_for_a_job_is_told_in_the_rehearsal_and_saved_as_a_file(
    client, page, many_contacts
):
    changed = posted(page, **{"blocked.phoneNumbers": "800 500"})
    rehearsed = client.post("/explorer/policy/rehearse", changed)
    assert "reunite policy apply policy.json" in text_of(rehearsed)
    assert "Let it be in force" not in text_of(rehearsed)
    require_strict(rehearsed)

    saved = client.post("/explorer/policy/save", changed)
    assert saved["Content-Disposition"] == 'attachment; filename="policy.json"'
    assert json.loads(saved.content)["blocked"]["phoneNumbers"] == ["800 500"]
    assert not Policy.objects.exists()


def test_a_policy_that_is_refused_keeps_its_form(client, page, many_contacts):
    changed = posted(page, **{"blocked.phoneNumbers": "800 500"})
    refused = client.post("/explorer/policy/apply", changed)
    assert refused.status_code == 409
    assert str(PolicyNeedsAJob()) in text_of(refused)
    assert "Save as a file" in text_of(refused)
    assert posted(refused)["blocked.phoneNumbers"] == "800 500"
    require_strict(refused)
