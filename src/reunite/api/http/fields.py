"""What requests are made of: objects whose keys are looked at, and choices that are told."""

from collections.abc import Iterable, Mapping
from typing import Any

from rest_framework import serializers
from rest_framework.exceptions import ErrorDetail

from reunite.core.policy.spelling import misspelt


class Body(serializers.Serializer[Any]):
    """An object in the body of a request.

    A key that is another spelling of a field is refused, since its value would be lost silently;
    other keys are ignored.
    """

    def to_internal_value(self, data: Any) -> Any:
        """The values of the fields."""
        if isinstance(data, Mapping):
            refuse_misspelt(data, self.fields.keys())
        return super().to_internal_value(data)


class Choice(serializers.ChoiceField):
    """One of some texts; the error lists them."""

    def __init__(self, choices: Iterable[str], **options: Any) -> None:
        choices = list(choices)
        told = f"Not one of the values that there are: send {' or '.join(choices)}."
        super().__init__(choices, error_messages={"invalid_choice": told}, **options)


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
