"""Show the policy, rehearse another one, and let it be in force."""

import json
from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect

from reunite.core.access.callers import KeyScope
from reunite.core.errors import Conflict, InvalidPolicy, PolicyNeedsAJob
from reunite.core.identifiers.kinds import Kind
from reunite.core.policy.policy import SPEC
from reunite.core.policy.presets import PRESETS, preset_of
from reunite.core.policy.rules import rules_of
from reunite.core.scope import Scope
from reunite.explorer.http.page import answer, page
from reunite.explorer.http.query import number, number_in
from reunite.explorer.policy.differences import Difference, differences
from reunite.explorer.policy.form import fieldsets, rules_in
from reunite.services.policy.change import (
    ShownPolicy,
    change_policy,
    list_policy_versions,
    needs_a_job,
    read_policy,
    show_policy,
)
from reunite.services.policy.simulate import Simulated, simulate

_MAX_VERSIONS = 50
_MANY: Mapping[str, str] = {Kind.EMAIL: "emails", Kind.PHONE: "phone numbers"}


@page(needs=(KeyScope.READ,))
def show(request: HttpRequest, scope: Scope) -> HttpResponse:
    """The policy in force as a form, or a preset or an earlier version; and the versions."""
    shown = show_policy(scope).policy
    preset, version = PRESETS.get(request.GET.get("preset", "")), number_in(request, "version")
    if preset is not None:
        region = shown.normalization.default_region
        shown = replace(preset, normalization=replace(preset.normalization, default_region=region))
    elif version:
        found = list_policy_versions(scope, after=version - 1, limit=1)
        shown = found[0].policy if found else shown
    return _shown(request, scope, rules_of(shown))


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
    return _shown(
        request,
        scope,
        rules,
        found=found,
        changes=changes,
        only_by_job=needs_a_job(scope, policy),
    )


@page(needs=(KeyScope.ADMIN,), method="POST")
def apply(request: HttpRequest, scope: Scope) -> HttpResponse:
    """Let the policy of the form be in force, in the place of the version that was rehearsed."""
    version = number(request.POST.get("expected_version", ""), "expected_version")
    policy = read_policy(scope, rules_in(request.POST))
    try:
        change_policy(scope, policy, expected_version=version)
    except Conflict as error:
        # The form stays, so that nothing that was typed is lost.
        rules = rules_of(policy)
        return _shown(
            request,
            scope,
            rules,
            refused=str(error),
            only_by_job=isinstance(error, PolicyNeedsAJob),
            status=409,
        )
    return redirect("explorer:policy")


@page(needs=(KeyScope.ADMIN,), method="POST")
def save(request: HttpRequest, scope: Scope) -> HttpResponse:
    """The policy of the form as a file, as ``reunite policy apply`` reads it."""
    rules = rules_of(read_policy(scope, rules_in(request.POST)))
    content = json.dumps(rules, indent=2, ensure_ascii=False)
    response = HttpResponse(f"{content}\n", content_type="application/json")
    response["Content-Disposition"] = 'attachment; filename="policy.json"'
    return response


def _shown(
    request: HttpRequest,
    scope: Scope,
    rules: Mapping[str, Any],
    *,
    errors: Mapping[str, list[str]] | None = None,
    found: Simulated | None = None,
    changes: Sequence[Difference] | None = None,
    refused: str = "",
    only_by_job: bool = False,
    status: int = 200,
) -> HttpResponse:
    current = show_policy(scope)
    versions, earlier = _versions(scope, number_in(request, "before"), current)
    told = {
        "place": "policy",
        "current": current,
        "preset": preset_of(current.policy),
        "fieldsets": fieldsets(rules, errors or {}),
        "errors": errors,
        "found": found,
        "changes": changes,
        "refused": refused,
        "only_by_job": only_by_job,
        "versions": versions,
        "earlier": earlier,
        "presets": list(PRESETS),
        "from_spec": list(differences(rules_of(SPEC), rules_of(current.policy))),
        "uncounted": [(reason.replace("_", " "), n) for reason, n in found.uncounted.items() if n]
        if found
        else [],
        "over_limit": [
            (_MANY.get(kind, f"values of the kind {kind}"), n)
            for kind, n in (found.over_limit if found else {}).items()
            if n
        ],
    }
    return answer(request, "policy/policy", told, status=status)


def _versions(
    scope: Scope, before: int, current: ShownPolicy
) -> tuple[list[tuple[Any, list[Difference]]], int | None]:
    """The versions below ``before``, the latest first, with what each changed; 0 is all.

    And the number below which more are.
    """
    last = before - 1 if before else (current.prepared or current).version
    after = max(0, last - _MAX_VERSIONS)
    # The one before them says what the first of them changed.
    start = max(0, after - 1)
    listed = [
        each
        for each in list_policy_versions(scope, after=start, limit=_MAX_VERSIONS + 1)
        if each.version <= last
    ]
    rules = [rules_of(each.policy) for each in listed]
    changed = [
        list(differences(was, now))
        for was, now in zip([rules_of(SPEC), *rules], rules, strict=False)
    ]
    found = [pair for pair in zip(listed, changed, strict=True) if pair[0].version > after]
    return found[::-1], after + 1 if after else None
