"""The shapes of requests and answers, and the types that fields may have."""

import re
from collections.abc import Callable
from functools import cached_property
from typing import Any

from drf_spectacular.utils import extend_schema_field
from rest_framework import serializers

from reunite.api.http.fields import Body, refuse_misspelt
from reunite.conf import reunite_settings
from reunite.core.identifiers.kinds import EMAIL_MAX_LENGTH, PHONE_MAX_LENGTH, Ignored, Kind
from reunite.core.identify.plan import Decision, HoldReason, Outcome, ReviewState
from reunite.core.persons.person import Person
from reunite.services.policy.change import canonical_form_in_force

BATCH_MAX_LENGTH = 1_000
MAX_ID = 2**63 - 1
FIELDS = {Kind.EMAIL: "email", Kind.PHONE: "phoneNumber"}
_WHOLE_NUMBER = re.compile(r"-?[0-9]+")


class GivenField(serializers.Field[Any, Any, Any, Any]):
    """A value kept exactly as given; missing, null and blank are the same: None."""

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(required=False, allow_null=True, default=None, **kwargs)

    def to_internal_value(self, data: object) -> str:
        """The text as given."""
        if not isinstance(data, str):
            self.fail("invalid_type")
        return data


@extend_schema_field(
    {
        "type": "string",
        "maxLength": EMAIL_MAX_LENGTH,
        "examples": ["mcfly@hillvalley.edu"],
    }
)
class GivenEmail(GivenField):
    """An email address as given."""

    default_error_messages = {"invalid_type": "Not text: send a string like mcfly@hillvalley.edu."}


@extend_schema_field(
    {
        "type": ["string", "integer"],
        "maxLength": PHONE_MAX_LENGTH,
        "minimum": 0,
        "examples": ["123456"],
    }
)
class GivenPhoneNumber(GivenField):
    """A phone number as given; a JSON integer is read as its digits."""

    default_error_messages = {
        "invalid_type": 'Neither text nor a whole number: send a string like "123456".'
    }

    def to_internal_value(self, data: object) -> str:
        """The text as given, or the number's digits."""
        if isinstance(data, int) and not isinstance(data, bool) and data >= 0:
            return str(data)
        return super().to_internal_value(data)


class Id(serializers.IntegerField):
    """An id in a body: a number, not text."""

    def __init__(self, **options: Any) -> None:
        super().__init__(min_value=1, max_value=MAX_ID, **options)

    def to_internal_value(self, data: Any) -> int:
        """The number."""
        if not isinstance(data, int) or isinstance(data, bool):
            self.fail("invalid")
        return data


class NumberParameter(serializers.IntegerField):
    """A whole number in an address: its digits, and nothing that could be read as one."""

    def to_internal_value(self, data: Any) -> int:
        """The number."""
        if not isinstance(data, str) or not _WHOLE_NUMBER.fullmatch(data):
            self.fail("invalid")
        return super().to_internal_value(data)


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

    def to_internal_value(self, data: object) -> frozenset[Kind]:
        """The kinds."""
        if not isinstance(data, list) or not all(each in FIELDS.values() for each in data):
            self.fail("invalid_verified")
        return frozenset(kind for kind, field in FIELDS.items() if field in data)


class IdentifyRequest(Body):
    """Contact details; at least one of the two must be given."""

    email = GivenEmail()
    phoneNumber = GivenPhoneNumber()  # the specification's spelling
    verified = Verified()

    def run_validation(self, data: Any = serializers.empty) -> Any:
        """DRF's result, by a shorter way where nothing is wrong.

        All that these fields have is what they make of a value; missing is the same as null.
        """
        if isinstance(data, dict):
            if not data.keys() <= self._names:
                refuse_misspelt(data, self._names)
            try:
                return {
                    name: None if (given := data.get(name)) is None else read(given)
                    for name, read in self._readers
                }
            except serializers.ValidationError:
                pass  # DRF goes on, and tells of all fields.
        return super().run_validation(data)

    @cached_property
    def _names(self) -> frozenset[str]:
        return frozenset(self.fields)

    @cached_property
    def _readers(self) -> list[tuple[str, Callable[[Any], Any]]]:
        return [(name, field.to_internal_value) for name, field in self.fields.items()]


# One instance serves all requests: making one costs more than validating with it, and it would stay
# until the garbage collector comes.
identify_request = IdentifyRequest()


@extend_schema_field(
    IdentifyRequest(many=True, max_length=BATCH_MAX_LENGTH)  # type: ignore[call-arg]  # ListSerializer has it
)
class Requests(serializers.Field[Any, Any, Any, Any]):
    """The requests of a batch, each read on its own later."""

    default_error_messages = {
        "required": "Missing: send a list of requests.",
        "null": "Missing: send a list of requests.",
        "invalid_type": "Not a list: send one of requests, each like that of /identify.",
        "batch_too_large": f"Too many: send at most {BATCH_MAX_LENGTH} at once.",
    }

    def to_internal_value(self, data: object) -> list[Any]:
        """The list as it is."""
        if not isinstance(data, list):
            self.fail("invalid_type")
        if len(data) > BATCH_MAX_LENGTH:
            self.fail("batch_too_large")
        return data


class IdentifyBatchRequest(Body):
    """Many requests, to be answered in order."""

    requests = Requests()


@extend_schema_field({"type": "integer", "deprecated": True})
class MisspeltId(serializers.IntegerField):
    """The person's id under the specification's other spelling; one setting turns it off."""

    def __init__(self) -> None:
        super().__init__(required=False)


class TruncatedAnswer(serializers.Serializer[Any]):
    """How many there are where not all are listed."""

    contacts = serializers.IntegerField(help_text="How many contacts the person has.")


class PersonAnswer(serializers.Serializer[Any]):
    """A person: everything known about how to reach them."""

    primaryContactId = serializers.IntegerField(help_text="The person's id: its oldest contact.")
    primaryContatctId = MisspeltId()
    emails = serializers.ListField(
        child=serializers.CharField(), help_text="As first given, the primary's first."
    )
    phoneNumbers = serializers.ListField(
        child=serializers.CharField(), help_text="As first given, the primary's first."
    )
    secondaryContactIds = serializers.ListField(
        child=serializers.IntegerField(), help_text="Oldest first."
    )
    truncated = TruncatedAnswer(
        required=False,
        help_text=(
            "Only where the person has more contacts than an answer lists: then the lists are of "
            "its oldest contacts. `/persons/{id}/contacts` has them all."
        ),
    )


class IgnoredAnswer(serializers.Serializer[Any]):
    """A value that was given and does not count."""

    field = serializers.ChoiceField(choices=list(FIELDS.values()))
    reason = serializers.ChoiceField(choices=[each.value for each in Ignored])


class HeldAnswer(serializers.Serializer[Any]):
    """A merge that a guard stopped."""

    linkId = serializers.IntegerField(
        allow_null=True, help_text="To approve or reject; null where nothing was written."
    )
    reason = serializers.ChoiceField(choices=[each.value for each in HoldReason])
    state = serializers.ChoiceField(choices=[each.value for each in ReviewState])


class DecisionAnswer(serializers.Serializer[Any]):
    """What a request led to, and why it was not more."""

    outcome = serializers.ChoiceField(choices=[each.value for each in Outcome])
    created = serializers.IntegerField(allow_null=True, help_text="The contact's id.")
    absorbed = serializers.ListField(
        child=serializers.IntegerField(), help_text="The persons that became part of `contact`."
    )
    ignored = IgnoredAnswer(many=True)
    held = HeldAnswer(allow_null=True)


class IdentifyAnswer(serializers.Serializer[Any]):
    """The answer of identify."""

    contact = PersonAnswer()
    decision = DecisionAnswer(required=False, help_text="With `include=decision`.")


class FieldProblem(serializers.Serializer[Any]):
    """What is wrong with one field."""

    field = serializers.CharField()
    code = serializers.CharField()
    detail = serializers.CharField()


class Problem(serializers.Serializer[Any]):
    """An RFC 9457 problem."""

    type = serializers.CharField()
    title = serializers.CharField()
    status = serializers.IntegerField()
    detail = serializers.CharField()
    code = serializers.CharField(help_text="Stable; docs/reference/errors.md explains each.")
    separationId = serializers.IntegerField(required=False, help_text="What keeps persons apart.")
    errors = FieldProblem(many=True, required=False)  # type: ignore[assignment]  # RFC 9457's usual name


class BatchResult(serializers.Serializer[Any]):
    """The answer to one request of a batch: a contact with its outcome, or a problem."""

    outcome = serializers.ChoiceField(choices=[each.value for each in Outcome], required=False)
    contact = PersonAnswer(required=False)
    decision = DecisionAnswer(required=False, help_text="With `include=decision`.")
    problem = Problem(required=False)


class IdentifyBatchAnswer(serializers.Serializer[Any]):
    """The answers to a batch, in the order of its requests."""

    results = BatchResult(many=True)


def person_answer(person: Person) -> dict[str, object]:
    """The JSON of a PersonAnswer, in the specification's order of keys."""
    settings = reunite_settings()
    person = person.first(settings.ANSWER_MAX_CONTACTS)
    misspelt = {"primaryContatctId": person.id} if settings.SEND_MISSPELT_PRIMARY_ID else {}
    return {
        "primaryContactId": person.id,
        **misspelt,
        "emails": person.listed(Kind.EMAIL, canonical_form_in_force),
        "phoneNumbers": person.listed(Kind.PHONE, canonical_form_in_force),
        "secondaryContactIds": person.secondary_ids,
        **truncated_answer(person),
    }


def truncated_answer(person: Person) -> dict[str, object]:
    """The member ``truncated`` of an answer that lists not all of a person's contacts."""
    return {"truncated": {"contacts": person.size}} if person.more else {}


def decision_answer(decision: Decision) -> dict[str, object]:
    """The JSON of a DecisionAnswer."""
    held = decision.held
    return {
        "outcome": decision.outcome.value,
        "created": decision.created,
        "absorbed": decision.absorbed,
        "ignored": [
            {"field": FIELDS[kind], "reason": reason.value} for kind, reason in decision.ignored
        ],
        "held": held
        and {"linkId": held.link_id, "reason": held.reason.value, "state": held.state.value},
    }
