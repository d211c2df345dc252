"""Fields of requests: objects with checked keys, choices that errors list, texts and ids."""

import re
from collections.abc import Collection, Iterable, Mapping, Sequence
from itertools import islice
from typing import Any, ClassVar

from drf_spectacular.utils import extend_schema_field
from rest_framework import serializers
from rest_framework.exceptions import ErrorDetail

from reunite.api.http.field_errors import MAX_NAMED
from reunite.core.identifiers.kinds import EMAIL_MAX_LENGTH, KINDS, PHONE_MAX_LENGTH, Kind
from reunite.core.ids import MAX_ID, id_of
from reunite.core.spelling import misspelt

FIELDS = {kind: KINDS[kind].field for kind in Kind}


def field_of(kind: str) -> str:
    """The field of a request that holds values of a kind."""
    return KINDS[kind].field if isinstance(kind, Kind) else f"identifiers.{kind}"


_WHOLE_NUMBER = re.compile(r"-?[0-9]+")
_NAME_LENGTH = 100
"""An error has so much of the name of an unknown field."""


class Body(serializers.Serializer[Any]):
    """An object in the body of a request.

    A key that is another spelling of a field is refused, since its value would be lost silently;
    other keys are ignored.
    """

    example: ClassVar[str | None] = None

    def to_internal_value(self, data: Any) -> Any:
        """The values of the fields."""
        if not isinstance(data, Mapping):
            meant = f"like {self.example}" if self.example else f"with {', '.join(self.fields)}"
            told = ErrorDetail(f"Not an object: send one {meant}.", "not_an_object")
            raise serializers.ValidationError({"non_field_errors": [told]})
        refuse_misspelt(data, self.fields.keys())
        return super().to_internal_value(data)


class Nothing(Body):
    """An object without fields; a field is refused, because a client would expect an effect."""

    example = "{}"

    def to_internal_value(self, data: Any) -> Any:
        """No values."""
        if isinstance(data, Mapping):
            refuse_unknown(data, (), "Send no field.")
        return super().to_internal_value(data)


class Choice(serializers.ChoiceField):
    """One of some texts; the error lists them."""

    def __init__(self, choices: Iterable[str], **options: Any) -> None:
        choices = list(choices)
        told = f"Not one of the values that there are: send {' or '.join(choices)}."
        super().__init__(choices, error_messages={"invalid_choice": told}, **options)


def refuse_unknown(given: Iterable[str], fields: Collection[str], advice: str) -> None:
    """Raise ValidationError for names that are no field; it has at most MAX_NAMED of them."""
    unknown = list(islice((name for name in given if name not in fields), MAX_NAMED))
    if unknown:
        raise serializers.ValidationError(
            {name[:_NAME_LENGTH]: [ErrorDetail(advice, "unknown_field")] for name in unknown}
        )


def refuse_misspelt(given: Iterable[str], fields: Iterable[str]) -> None:
    """Raise ValidationError for names that are another spelling of a field's."""
    found = misspelt(given, frozenset(fields))
    if found:
        raise serializers.ValidationError(
            {
                name: [ErrorDetail(f"Not known: did you mean {meant}?", "unknown_field")]
                for name, meant in found.items()
            }
        )


class BoundedList(serializers.ListField):
    """A list whose length is checked before its elements; errors name at most MAX_NAMED of them.

    DRF reads all elements first, and so a list of a megabyte would take seconds.
    """

    def __init__(self, *, max_length: int, **options: Any) -> None:
        super().__init__(max_length=max_length, **options)
        self._max_length = max_length

    def run_child_validation(self, data: Sequence[Any]) -> list[Any]:
        """The elements as read."""
        if len(data) > self._max_length:
            self.run_validators(data)
        read: list[Any] = []
        errors: dict[str, Any] = {}
        for place, element in enumerate(data):
            try:
                read.append(self.child.run_validation(element))
            except serializers.ValidationError as error:
                errors[str(place)] = error.detail
                if len(errors) == MAX_NAMED:
                    break
        if errors:
            raise serializers.ValidationError(errors)
        return read


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
        super().__init__(min_value=1, **options)

    def to_internal_value(self, data: Any) -> int:
        """The number."""
        if not isinstance(data, int) or isinstance(data, bool):
            self.fail("invalid")
        return min(data, MAX_ID)  # No row ever gets that one.


@extend_schema_field(
    {
        "type": "array",
        "items": {"type": "integer", "minimum": 1},
        "minItems": 2,
        "maxItems": 2,
        "uniqueItems": True,
    }
)
class TwoIds(BoundedList):
    """The ids of two contacts, which are not the same."""

    default_error_messages = {
        "same_contact_twice": "The same contact twice: send one contact of each person.",
    }

    def __init__(self, **options: Any) -> None:
        super().__init__(child=Id(), min_length=2, max_length=2, **options)

    def run_validation(self, data: Any = serializers.empty) -> Any:
        """The two ids."""
        ids = super().run_validation(data)
        if ids[0] == ids[1]:
            self.fail("same_contact_twice")
        return ids


class NumberParameter(serializers.IntegerField):
    """A whole number in an address: its digits, and nothing that could be read as one."""

    def to_internal_value(self, data: Any) -> int:
        """The number."""
        if not isinstance(data, str) or not _WHOLE_NUMBER.fullmatch(data):
            self.fail("invalid")
        return super().to_internal_value(data)


class IdParameter(NumberParameter):
    """An id in an address."""

    def __init__(self, **options: Any) -> None:
        super().__init__(min_value=1, **options)

    def to_internal_value(self, data: Any) -> int:
        """The number."""
        if isinstance(data, str) and data.isascii() and data.isdecimal():
            return id_of(data)
        return super().to_internal_value(data)


@extend_schema_field({"type": "integer", "deprecated": True})
class MisspeltId(serializers.IntegerField):
    """The person's id under the specification's other spelling; one setting turns it off."""

    def __init__(self) -> None:
        super().__init__(required=False)


class Text(serializers.CharField):
    """Text; a number or truth value is refused, not converted."""

    def to_internal_value(self, data: Any) -> str:
        """The text."""
        if not isinstance(data, str):
            self.fail("invalid")
        text: str = super().to_internal_value(data)
        return text


class Flag(serializers.BooleanField):
    """True or false; texts and numbers are refused, not converted."""

    def to_internal_value(self, data: Any) -> bool:
        """The truth."""
        if not isinstance(data, bool):
            self.fail("invalid", input=data)
        return data
