"""The forms of requests and answers of identify and resolve."""

from collections.abc import Callable, Mapping
from functools import cached_property
from typing import Any

from drf_spectacular.utils import extend_schema_field
from rest_framework import serializers
from rest_framework.exceptions import ErrorDetail

from reunite.api.http.fields import (
    FIELDS,
    Body,
    GivenEmail,
    GivenPhoneNumber,
    field_of,
    refuse_misspelt,
)
from reunite.api.http.identifiers import given_identifiers, with_identifiers
from reunite.api.http.problems import Problem
from reunite.api.persons.answer import (
    PersonAnswer,
)
from reunite.core.identifiers.kinds import Ignored
from reunite.core.identify.plan import Decision, HoldReason, Outcome, Review, ReviewState
from reunite.core.policy.details import NO_OTHERS
from reunite.core.scope import Scope
from reunite.services.policy.change import declared_kinds
from reunite.services.policy.normalize import unreadable_values

BATCH_MAX_LENGTH = 1_000


@extend_schema_field(
    {"type": "array", "items": {"type": "string", "enum": list(FIELDS.values())}, "default": []}
)
class Verified(serializers.Field[Any, Any, Any, Any]):
    """The kinds, by the names of their fields, that are known to be the person's own."""

    default_error_messages = {
        "invalid_verified": 'Send a list of "email", "phoneNumber" or both.',
    }

    def __init__(self) -> None:
        super().__init__(required=False, allow_null=True, default=None)

    def to_internal_value(self, data: object) -> frozenset[str]:
        """The kinds."""
        if not isinstance(data, list) or not all(each in FIELDS.values() for each in data):
            self.fail("invalid_verified")
        return frozenset(kind for kind, field in FIELDS.items() if field in data)


class IdentifyRequest(Body):
    """Contact details; at least one of the two must be given."""

    example = '{"email": "mcfly@hillvalley.edu"}'

    email = GivenEmail()
    phoneNumber = GivenPhoneNumber()  # the specification's spelling
    verified = Verified()

    def run_validation(self, data: Any = serializers.empty) -> Any:
        """DRF's result, by a shorter way where nothing is wrong.

        All that these fields have is what they make of a value; missing is the same as null.
        """
        if isinstance(data, dict):
            if not data.keys() <= self.own_names:
                refuse_misspelt(data, self.own_names)
            try:
                return {
                    name: None if (given := data.get(name)) is None else read(given)
                    for name, read in self._readers
                }
            except serializers.ValidationError:
                pass  # DRF goes on, and names all wrong fields.
        return super().run_validation(data)

    @cached_property
    def own_names(self) -> frozenset[str]:
        """The names of its fields."""
        return frozenset(self.fields)

    @cached_property
    def _readers(self) -> list[tuple[str, Callable[[Any], Any]]]:
        return [(name, field.to_internal_value) for name, field in self.fields.items()]


IdentifyForm = with_identifiers(IdentifyRequest)

# One instance serves all requests: making one costs more than validating with it, and it would stay
# until the garbage collector comes.
identify_request = IdentifyRequest()


def details_of(scope: Scope, asked: Any) -> dict[str, Any]:
    """The values of a request; raises ValidationError that names all fields that are wrong."""
    identifiers, verified = NO_OTHERS, frozenset[str]()
    if isinstance(asked, dict) and not asked.keys() <= identify_request.own_names:
        identifiers = given_identifiers(scope, asked, identify_request)
    if isinstance(asked, dict) and asked.get("verified"):
        asked, verified = _verified_kinds(scope, asked)
    try:
        details: dict[str, Any] = identify_request.run_validation(asked)
    except serializers.ValidationError as error:
        if not isinstance(asked, dict):
            raise
        raise serializers.ValidationError(_all_errors(scope, asked, error.detail)) from error
    details["identifiers"] = identifiers
    details["verified"] = (details["verified"] or frozenset()) | verified
    return details


def shows_identifiers(scope: Scope, details: Mapping[str, Any]) -> bool:
    """Whether an answer holds values of declared kinds, since the request did."""
    return bool(details["identifiers"] and declared_kinds(scope))


def _verified_kinds(scope: Scope, asked: dict[str, Any]) -> tuple[dict[str, Any], frozenset[str]]:
    """The request without verified declared kinds, and these kinds."""
    verified, declared = asked["verified"], declared_kinds(scope)
    if not declared or not isinstance(verified, list):
        return asked, frozenset()
    own = [each for each in verified if isinstance(each, str) and each in declared]
    return {**asked, "verified": [e for e in verified if e not in own]}, frozenset(own)


def _all_errors(scope: Scope, asked: Mapping[str, Any], found: Any) -> dict[str, Any]:
    """The errors that were found, and the errors of values that were not read yet."""
    found, texts = dict(found), []
    if "verified" in found and (declared := declared_kinds(scope)):
        names = ", ".join([*FIELDS.values(), *declared])
        found["verified"] = [ErrorDetail(f"Send a list of some of {names}.", "invalid_verified")]
    for name in FIELDS.values():
        given = None if name in found else asked.get(name)
        try:
            read = identify_request.fields[name].to_internal_value
            texts.append(None if given is None else read(given))
        except serializers.ValidationError as error:
            found[name] = error.detail
            texts.append(None)
    unreadable = {
        each.field: [ErrorDetail(each.detail, each.code)]
        for each in unreadable_values(scope, *texts)
    }
    return {**unreadable, **found} if "email" in unreadable else {**found, **unreadable}


@extend_schema_field(
    IdentifyForm(many=True, max_length=BATCH_MAX_LENGTH)  # type: ignore[call-arg]  # ListSerializer has it
)
class Requests(serializers.Field[Any, Any, Any, Any]):
    """The requests of a batch; each is read later by itself."""

    default_error_messages = {
        "required": "Missing: send a list of requests.",
        "null": "Missing: send a list of requests.",
        "invalid_type": "Not a list: send a list of requests, each like a body of /identify.",
        "batch_too_large": f"Too many: send at most {BATCH_MAX_LENGTH} at once.",
    }

    def to_internal_value(self, data: object) -> list[Any]:
        """The list, unread."""
        if not isinstance(data, list):
            self.fail("invalid_type")
        if len(data) > BATCH_MAX_LENGTH:
            self.fail("batch_too_large")
        return data


class IdentifyBatchRequest(Body):
    """Many requests, to be answered in order."""

    example = '{"requests": [{"email": "mcfly@hillvalley.edu"}]}'

    requests = Requests()


class IgnoredAnswer(serializers.Serializer[Any]):
    """A value that was given and does not count."""

    field = serializers.CharField(help_text="email, phoneNumber, or identifiers. and a kind")
    reason = serializers.ChoiceField(choices=[each.value for each in Ignored])


class HeldAnswer(serializers.Serializer[Any]):
    """A merge that a guard stopped."""

    linkId = serializers.IntegerField(
        allow_null=True, help_text="The id to approve or reject; null if nothing was written."
    )
    reason = serializers.ChoiceField(choices=[each.value for each in HoldReason])
    state = serializers.ChoiceField(choices=[each.value for each in ReviewState])
    kinds = serializers.ListField(
        child=serializers.CharField(),
        required=False,
        help_text="The kinds with too many identifiers, if the policy declares kinds.",
    )


class DecisionAnswer(serializers.Serializer[Any]):
    """The effect of a request, and the reasons."""

    outcome = serializers.ChoiceField(choices=[each.value for each in Outcome])
    created = serializers.IntegerField(allow_null=True, help_text="The contact's id.")
    absorbed = serializers.ListField(
        child=serializers.IntegerField(), help_text="The persons that became part of `contact`."
    )
    ignored = IgnoredAnswer(many=True)
    held = HeldAnswer(allow_null=True)
    alsoHeld = HeldAnswer(
        many=True,
        required=False,
        help_text="Further merges that a guard stopped; only if the policy declares kinds.",
    )


class IdentifyAnswer(serializers.Serializer[Any]):
    """The answer of identify."""

    contact = PersonAnswer()
    decision = DecisionAnswer(required=False, help_text="With `include=decision`.")


class BatchResult(serializers.Serializer[Any]):
    """The answer to one request of a batch: a contact with its outcome, or a problem."""

    outcome = serializers.ChoiceField(choices=[each.value for each in Outcome], required=False)
    contact = PersonAnswer(required=False)
    decision = DecisionAnswer(required=False, help_text="With `include=decision`.")
    problem = Problem(required=False)


class IdentifyBatchAnswer(serializers.Serializer[Any]):
    """The answers to a batch, in the order of its requests."""

    results = BatchResult(many=True)


def decision_answer(decision: Decision) -> dict[str, object]:
    """The JSON of a DecisionAnswer."""
    held = list(map(_held_answer, decision.held))
    return {
        "outcome": decision.outcome.value,
        "created": decision.created,
        "absorbed": decision.absorbed,
        "ignored": [
            {"field": field_of(kind), "reason": reason.value} for kind, reason in decision.ignored
        ],
        "held": held[0] if held else None,
        **({"alsoHeld": held[1:]} if held[1:] else {}),
    }


def _held_answer(held: Review) -> dict[str, object]:
    shown: dict[str, object] = {
        "linkId": held.link_id,
        "reason": held.reason.value,
        "state": held.state.value,
    }
    return {**shown, "kinds": held.kinds} if held.kinds else shown


class ResolveAnswer(serializers.Serializer[Any]):
    """A person as it is now, and what identify would do."""

    contact = PersonAnswer(allow_null=True)
    decision = DecisionAnswer()
