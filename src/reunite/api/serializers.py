"""The shapes of requests and answers, and the types that fields may have."""

from typing import Any

from drf_spectacular.utils import extend_schema_field
from rest_framework import serializers

from reunite.conf import reunite_settings
from reunite.core.identifiers import EMAIL_MAX_LENGTH, PHONE_MAX_LENGTH
from reunite.core.person import Person
from reunite.core.plan import Outcome

BATCH_MAX_LENGTH = 1_000
MAX_ID = 2**63 - 1


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


class IdentifyRequest(serializers.Serializer[Any]):
    """Contact details; at least one of the two must be given."""

    email = GivenEmail()
    phoneNumber = GivenPhoneNumber()  # the specification's spelling


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


class IdentifyBatchRequest(serializers.Serializer[Any]):
    """Many requests, to be answered in order."""

    requests = Requests()


@extend_schema_field({"type": "integer", "deprecated": True})
class MisspeltId(serializers.IntegerField):
    """The person's id under the specification's other spelling; one setting turns it off."""

    def __init__(self) -> None:
        super().__init__(required=False)


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


class IdentifyAnswer(serializers.Serializer[Any]):
    """The answer of identify."""

    contact = PersonAnswer()


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
    errors = FieldProblem(many=True, required=False)  # type: ignore[assignment]  # RFC 9457's usual name


class BatchResult(serializers.Serializer[Any]):
    """The answer to one request of a batch: a contact with its outcome, or a problem."""

    outcome = serializers.ChoiceField(choices=[each.value for each in Outcome], required=False)
    contact = PersonAnswer(required=False)
    problem = Problem(required=False)


class IdentifyBatchAnswer(serializers.Serializer[Any]):
    """The answers to a batch, in the order of its requests."""

    results = BatchResult(many=True)


def person_answer(person: Person) -> dict[str, object]:
    """The JSON of a PersonAnswer, in the specification's order of keys."""
    misspelt = (
        {"primaryContatctId": person.id} if reunite_settings().SEND_MISSPELT_PRIMARY_ID else {}
    )
    return {
        "primaryContactId": person.id,
        **misspelt,
        "emails": person.emails,
        "phoneNumbers": person.phone_numbers,
        "secondaryContactIds": person.secondary_ids,
    }
