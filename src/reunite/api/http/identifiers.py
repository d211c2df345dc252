"""Values of declared kinds in bodies: ``"identifiers": {"customerNumber": "10023"}``.

If the policy of a workspace declares no kinds, this member is unknown, and is ignored like other
unknown members. So the forms of bodies do not have it; ``with_identifiers`` makes those that
the documents show.
"""

from collections.abc import Collection, Mapping, Sequence
from functools import cache
from typing import Any

from drf_spectacular.utils import extend_schema_field
from rest_framework import serializers
from rest_framework.exceptions import ErrorDetail

from reunite.api.http.fields import Body, refuse_misspelt
from reunite.core.identifiers.kinds import MAX_IDENTIFIERS, MAX_VALUES_OF_KIND, NAME_MAX_LENGTH
from reunite.core.policy.declared import VALUE_MAX_LENGTH
from reunite.core.policy.details import NO_OTHERS, Others
from reunite.core.policy.policy import Policy
from reunite.core.scope import Scope
from reunite.core.spelling import misspelt
from reunite.services.policy.change import declared_kinds

NAME = "identifiers"

_VALUE = {"type": ["string", "integer"], "maxLength": VALUE_MAX_LENGTH, "minimum": 0}
_OBJECT = (
    'Not an object of kinds and values: send one like {"customerNumber": "10023", "whatsapp": '
    f'["IN.131", "IN.132"]}}, of at most {MAX_IDENTIFIERS} kinds.'
)
_TEXTS = (
    f"Neither text nor a list of texts: send a string, or at most {MAX_VALUES_OF_KIND} in a list."
)


@extend_schema_field(
    {
        "type": "object",
        "maxProperties": MAX_IDENTIFIERS,
        "additionalProperties": {
            "oneOf": [
                _VALUE,
                {"type": "array", "items": _VALUE, "maxItems": MAX_VALUES_OF_KIND},
            ]
        },
        "examples": [{"customerNumber": "10023", "whatsapp": ["IN.131", "IN.132"]}],
    }
)
class GivenIdentifiers(serializers.Field[Any, Any, Any, Any]):
    """Values of kinds that the policy declares, by the names of the kinds."""


@cache
def with_identifiers(form: type[Body]) -> type[Body]:
    """The form with the member, for documents."""
    text = "Values of kinds that the policy declares; ignored where it declares none."
    field = GivenIdentifiers(required=False, help_text=text)
    return type(form.__name__, (form,), {NAME: field, "__doc__": form.__doc__})


def given_identifiers(
    scope: Scope, asked: object, form: Body, *, policy: Policy | None = None
) -> Others:
    """The values of declared kinds in a body that was read, beside the fields of ``form``.

    Raises ValidationError, unless the policy, that in force if none is named, declares no kinds.
    """
    if not isinstance(asked, Mapping):
        return NO_OTHERS
    declared = declared_kinds(scope) if policy is None else policy.declared
    if declared:
        _refuse_beside([n for n in asked if n != NAME and n not in form.fields], declared)
        refuse_misspelt(asked, {NAME})
    given = asked.get(NAME)
    if given is None:
        return NO_OTHERS
    found, errors = _read(given)
    if errors and declared:
        raise serializers.ValidationError(errors)
    return found


def _refuse_beside(names: Sequence[str], declared: Collection[str]) -> None:
    """Raise ValidationError for declared kinds beside ``identifiers``: their values would be lost.

    Only for the same name in another spelling, since a body may have any other members.
    """
    meant = {name: name for name in names if name in declared}
    meant |= misspelt(names, declared, slips=False)
    errors = {
        name: [ErrorDetail(f"Not known: did you mean {NAME}.{kind}?", "unknown_field")]
        for name, kind in meant.items()
    }
    if errors:
        raise serializers.ValidationError(errors)


def _read(given: object) -> tuple[dict[str, Sequence[str]], dict[str, list[ErrorDetail]]]:
    found: dict[str, Sequence[str]] = {}
    errors: dict[str, list[ErrorDetail]] = {}
    if not isinstance(given, dict) or len(given) > MAX_IDENTIFIERS:
        return found, {NAME: [ErrorDetail(_OBJECT, "invalid_type")]}
    for kind, each in given.items():
        texts = [*map(_text, each if isinstance(each, list) else [each])]
        if len(texts) > MAX_VALUES_OF_KIND or not all(isinstance(text, str) for text in texts):
            errors[f"{NAME}.{kind[:NAME_MAX_LENGTH]}"] = [ErrorDetail(_TEXTS, "invalid_type")]
        else:
            found[kind] = [str(text) for text in texts]
    return found, errors


def _text(given: object) -> object:
    """The text of a value; null is a blank one, and a whole number is read as its digits."""
    if given is None:
        return ""
    if isinstance(given, int) and not isinstance(given, bool) and given >= 0:
        return str(given)
    return given
