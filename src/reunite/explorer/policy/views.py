"""Show the policy, rehearse another one, and let it be in force."""

from collections import defaultdict
from collections.abc import Iterator, Mapping
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect

from reunite.core.access.callers import KeyScope
from reunite.core.errors import InvalidPolicy
from reunite.core.policy.policy import preset_of
from reunite.core.policy.rules import rules_of
from reunite.core.scope import Scope
from reunite.explorer.http.page import answer, page
from reunite.explorer.http.query import number
from reunite.explorer.policy.form import fieldsets, rules_in
from reunite.services.policy.change import (
    change_policy,
    list_policy_versions,
    read_policy,
    show_policy,
)
from reunite.services.policy.simulate import Simulated, simulate

_MAX_VERSIONS = 50


@page(needs=(KeyScope.READ,))
def show(request: HttpRequest, scope: Scope) -> HttpResponse:
    """The policy in force as a form, and its versions."""
    return _shown(request, scope, rules_of(show_policy(scope).policy))


@page(needs=(KeyScope.READ,), method="POST")
def rehearse(request: HttpRequest, scope: Scope) -> HttpResponse:
    """What the policy of the form would make of all that is stored. Nothing is written."""
    rules = rules_in(request.POST)
    try:
        policy = read_policy(scope, rules)
    except InvalidPolicy as error:
        errors = defaultdict(list)
        for each in error.errors:
            errors[each.field].append(each.detail)
        return _shown(request, scope, rules, errors=errors, status=400)
    found = simulate(scope, policy)
    changes = list(differences(rules_of(show_policy(scope).policy), rules_of(policy)))
    return _shown(request, scope, rules, found=found, changes=changes)


@page(needs=(KeyScope.ADMIN,), method="POST")
def apply(request: HttpRequest, scope: Scope) -> HttpResponse:
    """Let the policy of the form be in force, in the place of the version that was rehearsed."""
    version = number(request.POST.get("expected_version", ""), "expected_version")
    policy = read_policy(scope, rules_in(request.POST))
    change_policy(scope, policy, expected_version=version)
    return redirect("explorer:policy")


def differences(
    before: Mapping[str, Any], after: Mapping[str, Any], above: str = ""
) -> Iterator[tuple[str, Any, Any]]:
    """The fields in which two policies differ: path, before and after."""
    for name, value in after.items():
        path, was = f"{above}{name}", before.get(name)
        if isinstance(value, dict):
            yield from differences(was or {}, value, f"{path}.")
        elif value != was:
            yield path, was, value


def _shown(
    request: HttpRequest,
    scope: Scope,
    rules: Mapping[str, Any],
    *,
    errors: Mapping[str, list[str]] | None = None,
    found: Simulated | None = None,
    changes: list[tuple[str, Any, Any]] | None = None,
    status: int = 200,
) -> HttpResponse:
    current = show_policy(scope)
    versions = list_policy_versions(scope, after=0, limit=_MAX_VERSIONS)
    first = [*({} for _ in versions[:1]), *(rules_of(each.policy) for each in versions)]
    told = {
        "place": "policy",
        "current": current,
        "preset": preset_of(current.policy),
        "fieldsets": fieldsets(rules, errors or {}),
        "errors": errors,
        "found": found,
        "changes": changes,
        "versions": [
            (each, list(differences(before, rules_of(each.policy))) if before else [])
            for each, before in zip(versions, first, strict=False)
        ][::-1],
    }
    return answer(request, "policy/policy", told, status=status)
