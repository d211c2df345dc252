"""The endpoints of the policy: show, change, list versions, simulate, normalize."""

from dataclasses import asdict
from operator import attrgetter
from typing import Any

from django.http import HttpRequest, HttpResponse
from drf_spectacular.utils import OpenApiParameter

from reunite.api.http.identifiers import given_identifiers, with_identifiers
from reunite.api.http.json import JSONView, answer, body, query
from reunite.api.http.operation import operation
from reunite.api.http.pages import PAGE_LENGTH, members, page_by_get
from reunite.api.http.scope import scope_of
from reunite.api.policy.serializers import (
    UNCOUNTED,
    UNCOUNTED_DECLARED,
    NormalizeAnswer,
    NormalizeRequest,
    PolicyAnswer,
    PolicyForm,
    PolicyQuery,
    SimulateAnswer,
    VersionAnswer,
    VersionsAnswer,
    VersionsQuery,
)
from reunite.core.access.callers import KeyScope
from reunite.core.identifiers.kinds import KINDS, Kind
from reunite.core.policy.presets import preset_of
from reunite.core.policy.rules import rules_of
from reunite.core.repair.effects import Size
from reunite.services.policy.change import (
    ShownPolicy,
    change_policy,
    list_policy_versions,
    read_policy,
    show_policy,
)
from reunite.services.policy.normalize import Normalized, normalize
from reunite.services.policy.simulate import Hubs, Persons, Simulated, simulate

_PROTECT = (
    "The preset `protect`, and two blocked values",
    {
        "preset": "protect",
        "blocked": {"emails": ["info@shop.example"], "domains": ["mailinator.com"]},
    },
)


class PolicyView(JSONView):
    """The policy in force."""

    @operation(
        "showPolicy",
        "The policy in force",
        needs=(KeyScope.READ,),
        tag="policy",
        answer=(PolicyAnswer, "It."),
    )
    def get(self, request: HttpRequest) -> HttpResponse:
        """Show it."""
        return answer(_shown(show_policy(scope_of(request.META))))

    @operation(
        "changePolicy",
        "Change the policy",
        needs=(KeyScope.ADMIN,),
        tag="policy",
        description=(
            "The policy becomes a new version and is in force at once. The policy in force changes "
            "nothing. Stored contacts get the keys of the new policy in the same request; if they "
            "are many, 409 asks to run `reunite policy apply` instead."
        ),
        parameters=[
            OpenApiParameter(
                "expectedVersion",
                {"type": "integer", "minimum": 0, "maximum": 2**31 - 1},
                description="Refuse with 409 if another version is in force.",
            )
        ],
        request=PolicyForm,
        answer=(PolicyAnswer, "The policy that is in force now."),
        problems=(409, 413),
        example=_PROTECT,
    )
    def put(self, request: HttpRequest) -> HttpResponse:
        """Change it."""
        scope = scope_of(request.META)
        expected = PolicyQuery().run_validation(query(request)).get("expectedVersion")
        policy = read_policy(scope, PolicyForm().run_validation(body(request)))
        return answer(_shown(change_policy(scope, policy, expected_version=expected)))


def _version(found: Any) -> dict[str, object]:
    return members(VersionAnswer, found, policy=rules_of(found.policy))


class PolicyVersionsView(JSONView):
    """All versions of the policy."""

    get = page_by_get(
        list_policy_versions,
        VersionsAnswer,
        _version,
        name="listPolicyVersions",
        summary="List the versions of the policy",
        query_form=VersionsQuery,
        described=f"Up to {PAGE_LENGTH}, in order.",
        number=attrgetter("version"),
        needs=(KeyScope.READ,),
        tag="policy",
    )


class SimulatePolicyView(JSONView):
    """The effect of a policy."""

    @operation(
        "simulatePolicy",
        "Simulate a policy",
        needs=(KeyScope.READ,),
        tag="policy",
        description=(
            "Counts the persons now and under the policy, those that would split or merge, and the "
            "values that would not count. Reads every contact once; nothing is locked or written."
        ),
        request=PolicyForm,
        answer=(SimulateAnswer, "The effect of the policy."),
        problems=(413,),
        example=_PROTECT,
    )
    def post(self, request: HttpRequest) -> HttpResponse:
        """Simulate it."""
        scope = scope_of(request.META)
        policy = read_policy(scope, PolicyForm().run_validation(body(request)))
        return answer(simulated_answer(simulate(scope, policy)))


class NormalizeView(JSONView):
    """The canonical form of values."""

    @operation(
        "normalize",
        "Show the canonical form of a value",
        needs=(KeyScope.READ,),
        tag="policy",
        description=(
            "The canonical value, by which the value matches; or the reason why it matches "
            "nothing, or the error. The policy in the body decides, else the policy in force. "
            "Nothing is written."
        ),
        request=with_identifiers(NormalizeRequest),
        answer=(NormalizeAnswer, "The results."),
        problems=(413,),
        example=(
            "A national phone number",
            {
                "phoneNumber": "(415) 555-2671",
                "policy": {"normalization": {"defaultRegion": "US"}},
            },
        ),
    )
    def post(self, request: HttpRequest) -> HttpResponse:
        """Normalize them."""
        scope = scope_of(request.META)
        asked = body(request)
        form = NormalizeRequest()
        wanted = form.run_validation(asked)
        policy = read_policy(scope, wanted["policy"]) if "policy" in wanted else None
        # The policy in the body, if there is one, declares the kinds.
        identifiers = given_identifiers(scope, asked, form, policy=policy)
        found = normalize(scope, wanted["email"], wanted["phoneNumber"], identifiers, policy=policy)
        shown: dict[str, object] = {}
        others: dict[str, list[object]] = {}
        for kind, each in found:
            if kind in KINDS:
                shown[KINDS[kind].field] = _normalized(each)
            else:
                others.setdefault(kind, []).append(_normalized(each))
        return answer({**shown, "identifiers": others} if others else shown)


def simulated_answer(found: Simulated) -> dict[str, Any]:
    """The JSON of a SimulateAnswer."""
    others = {kind: over for kind, over in found.over_limit.items() if kind not in KINDS}
    return {
        "contacts": found.contacts,
        "rekeyed": found.rekeyed,
        "before": {"count": found.persons_before, "largest": _size(found.largest_before)},
        "after": _persons(found.after),
        "uncounted": {
            reason: found.uncounted.get(reason, 0)
            for reason in (*UNCOUNTED, *(e for e in UNCOUNTED_DECLARED if found.uncounted.get(e)))
        },
        "overLimit": {
            "emailsPerPerson": found.over_limit.get(Kind.EMAIL),
            "phonesPerPerson": found.over_limit.get(Kind.PHONE),
            **({"identifiers": others} if others else {}),
        },
        "hubs": None if found.hubs is None else _hubs(found.hubs),
        "keptApart": found.kept_apart,
    }


def _shown(shown: ShownPolicy) -> dict[str, object]:
    prepared = shown.prepared
    return {
        "version": shown.version,
        "createdAt": shown.created_at,
        "preset": preset_of(shown.policy),
        "policy": rules_of(shown.policy),
        "prepared": prepared and {"version": prepared.version, "createdAt": prepared.created_at},
    }


def _persons(persons: Persons) -> dict[str, object]:
    return {
        "count": persons.count,
        "largest": _size(persons.largest),
        "splits": persons.effects.splits,
        "merges": persons.effects.merges,
        "samples": [
            {"before": list(map(_size, each.before)), "after": list(map(_size, each.after))}
            for each in persons.effects.samples
        ],
    }


def _size(size: Size | None) -> dict[str, int] | None:
    return None if size is None else {"personId": size.person_id, "contacts": size.contacts}


def _hubs(hubs: Hubs) -> dict[str, object]:
    return {
        "count": hubs.count,
        "identifiers": [
            {"kind": str(each.kind), "contacts": each.contacts, "contactIds": each.contact_ids}
            for each in hubs.hubs
        ],
        "persons": _persons(hubs.persons),
    }


def _normalized(found: Normalized) -> dict[str, object]:
    return {
        "canonical": found.key,
        "ignored": found.ignored and found.ignored.value,
        "error": found.error and asdict(found.error),
    }
