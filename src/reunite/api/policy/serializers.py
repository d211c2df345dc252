"""The shapes of a policy, of what it would do, and of what values become under it."""

from collections.abc import Callable, Mapping
from typing import Any

from rest_framework import serializers
from rest_framework.exceptions import ValidationError
from rest_framework.fields import empty

from reunite.api.http.fields import Body, GivenEmail, GivenPhoneNumber, NumberParameter
from reunite.api.http.pages import WHO, page_form
from reunite.api.http.problems import FieldProblem
from reunite.core.identifiers.kinds import FIRST_RULES, LATEST_RULES, Ignored, Kind
from reunite.core.policy.form import (
    FORM,
    Choice,
    Flag,
    Form,
    Kinds,
    Leaf,
    Limit,
    Patterns,
    PatternText,
    Region,
    Texts,
    Version,
)
from reunite.core.policy.keys import UNREADABLE
from reunite.core.policy.patterns import MAX_PATTERNS, PATTERN_MAX_LENGTH
from reunite.core.policy.policy import PRESETS
from reunite.core.policy.rekeying import WITHHELD

UNCOUNTED_DECLARED = (Ignored.CARRIED.value, Ignored.UNDECLARED.value)
"""Reasons that only values of declared kinds have: told where there are such values."""
UNCOUNTED = (
    *(each.value for each in Ignored if each.value not in UNCOUNTED_DECLARED),
    UNREADABLE,
    WITHHELD,
)
_MAX_VERSION = 2**31 - 1


_ABOUT = {
    "kind": "What is said of a kind; nothing of `email` and `phone`, which stand for their place.",
    "fillers": "What counts as a placeholder, too.",
    "blocked": "What does not count.",
    "allowed": "What counts in any case.",
    "limits": "How many are too many; null is no limit.",
    "normalization": "How values become canonical.",
}


class PatternForm(Body):
    """An RE2 pattern that is sought in canonical values of a kind."""

    kind = serializers.ChoiceField(choices=[kind.value for kind in Kind])
    pattern = serializers.CharField(max_length=PATTERN_MAX_LENGTH)


_FIELDS: Mapping[type[Leaf], Callable[[Any], serializers.Field[Any, Any, Any, Any]]] = {
    Flag: lambda _: serializers.BooleanField(required=False),
    Limit: lambda _: serializers.IntegerField(required=False, allow_null=True, min_value=1),
    Region: lambda _: serializers.CharField(required=False, allow_null=True),
    Version: lambda _: serializers.IntegerField(
        required=False, min_value=FIRST_RULES, max_value=LATEST_RULES
    ),
    Choice: lambda shape: serializers.ChoiceField(choices=[*shape.choices], required=False),
    Texts: lambda _: serializers.ListField(child=serializers.CharField(), required=False),
    PatternText: lambda _: serializers.CharField(
        required=False, allow_null=True, max_length=PATTERN_MAX_LENGTH
    ),
    Patterns: lambda _: serializers.ListField(
        child=PatternForm(), required=False, max_length=MAX_PATTERNS
    ),
}


def _field(name: str, shape: Leaf | Kinds | Form) -> serializers.Field[Any, Any, Any, Any]:
    """The field that describes a shape; ``policy_from`` reads, not the field."""
    if isinstance(shape, Leaf):
        return _FIELDS[type(shape)](shape)
    if isinstance(shape, Kinds):
        told = "Kinds of identifier by name, the strongest first; left out where there are none."
        return serializers.DictField(
            child=_field("kind", shape.form), required=False, help_text=told
        )
    fields = {each: _field(each, inner) for each, inner in shape.items()}
    form: type[Body] = type(
        f"{name.capitalize()}Form", (Body,), {**fields, "__doc__": _ABOUT[name]}
    )
    return form(required=False)


class PolicyForm(Body):
    """A policy; what is left out is as in its preset."""

    preset = serializers.ChoiceField(choices=list(PRESETS), required=False, write_only=True)

    def get_fields(self) -> dict[str, Any]:
        """The fields of the declaration."""
        declared = {name: _field(name, shape) for name, shape in FORM.items()}
        return {**super().get_fields(), **declared}

    def run_validation(self, data: Any = empty) -> Any:
        """The object as it is: the rules of policies read it."""
        is_missing, data = self.validate_empty_values(data)
        if not is_missing and not isinstance(data, dict):
            raise ValidationError(["Send a policy, as GET /policy shows one."], "not_an_object")
        return data


class PolicyQuery(serializers.Serializer[Any]):
    """Which policy is changed."""

    expectedVersion = NumberParameter(required=False, min_value=0, max_value=_MAX_VERSION)


class VersionsQuery(serializers.Serializer[Any]):
    """Which versions."""

    after = NumberParameter(default=0, min_value=0, max_value=_MAX_VERSION)


class PreparedAnswer(serializers.Serializer[Any]):
    """A version that is being prepared."""

    version = serializers.IntegerField()
    createdAt = serializers.DateTimeField()


class PolicyAnswer(serializers.Serializer[Any]):
    """The policy in force."""

    version = serializers.IntegerField(help_text="0 is the policy of the settings.")
    createdAt = serializers.DateTimeField(allow_null=True)
    preset = serializers.ChoiceField(
        choices=list(PRESETS), allow_null=True, help_text="The one that it is, but for the region."
    )
    policy = PolicyForm()
    prepared = PreparedAnswer(allow_null=True, help_text="A version to come, if there is one.")


class VersionAnswer(serializers.Serializer[Any]):
    """A version of the policy."""

    version = serializers.IntegerField()
    createdAt = serializers.DateTimeField()
    createdBy = serializers.CharField(allow_null=True, help_text=WHO)
    appliedAt = serializers.DateTimeField(allow_null=True, help_text="Null: being prepared.")
    policy = PolicyForm()


VersionsAnswer = page_form("VersionsAnswer", "versions", VersionAnswer)


class SizeAnswer(serializers.Serializer[Any]):
    """A person, and how many contacts it has."""

    personId = serializers.IntegerField()
    contacts = serializers.IntegerField()


class SampleAnswer(serializers.Serializer[Any]):
    """Persons that contacts would go between: the oldest before and after."""

    before = SizeAnswer(many=True)
    after = SizeAnswer(many=True)


class PersonsAnswer(serializers.Serializer[Any]):
    """The persons that there would be."""

    count = serializers.IntegerField()
    largest = SizeAnswer(allow_null=True)
    splits = serializers.IntegerField(help_text="Persons that would come to be more than one.")
    merges = serializers.IntegerField(help_text="Persons that would be made of several.")
    samples = SampleAnswer(many=True, help_text="Twenty at most.")


class BeforeAnswer(serializers.Serializer[Any]):
    """The persons that there are."""

    count = serializers.IntegerField()
    largest = SizeAnswer(allow_null=True)


class UncountedAnswer(serializers.Serializer[Any]):
    """How many stored values would not count, by the reason."""

    def get_fields(self) -> dict[str, Any]:
        """A number for each reason."""
        declared = {
            reason: serializers.IntegerField(required=False) for reason in UNCOUNTED_DECLARED
        }
        return {reason: serializers.IntegerField() for reason in UNCOUNTED} | declared


class OverLimitAnswer(serializers.Serializer[Any]):
    """How many persons would have more than the limit; null where there is none."""

    emailsPerPerson = serializers.IntegerField(allow_null=True)
    phonesPerPerson = serializers.IntegerField(allow_null=True)
    identifiers = serializers.DictField(
        child=serializers.IntegerField(),
        required=False,
        help_text="The same of declared kinds that have a limit, by kind.",
    )


class HubAnswer(serializers.Serializer[Any]):
    """An identifier that too many contacts would carry."""

    kind = serializers.CharField(help_text="email, phone, or a declared kind")
    contacts = serializers.IntegerField()
    contactIds = serializers.ListField(
        child=serializers.IntegerField(), help_text="The first twenty."
    )


class HubsAnswer(serializers.Serializer[Any]):
    """The identifiers that would be retired as hubs, and the persons then."""

    count = serializers.IntegerField()
    identifiers = HubAnswer(many=True, help_text="The twenty largest.")
    persons = PersonsAnswer()


class SimulateAnswer(serializers.Serializer[Any]):
    """What a policy would do."""

    contacts = serializers.IntegerField(help_text="How many were read.")
    rekeyed = serializers.IntegerField(help_text="How many would match by something else.")
    before = BeforeAnswer()
    after = PersonsAnswer()
    uncounted = UncountedAnswer()
    overLimit = OverLimitAnswer()
    hubs = HubsAnswer(allow_null=True)
    keptApart = serializers.ListField(
        child=serializers.IntegerField(), help_text="Separations that stand against it."
    )


class NormalizeRequest(Body):
    """Values, and the policy to read them by; without one that in force."""

    email = GivenEmail()
    phoneNumber = GivenPhoneNumber()
    policy = PolicyForm(required=False)


class NormalizedAnswer(serializers.Serializer[Any]):
    """What a value becomes: one of the three is not null."""

    canonical = serializers.CharField(allow_null=True)
    ignored = serializers.ChoiceField(choices=[each.value for each in Ignored], allow_null=True)
    error = FieldProblem(allow_null=True)


class NormalizeAnswer(serializers.Serializer[Any]):
    """What the values become that were given."""

    email = NormalizedAnswer(required=False)
    phoneNumber = NormalizedAnswer(required=False)
    identifiers = serializers.DictField(
        child=serializers.ListField(child=NormalizedAnswer()),
        required=False,
        help_text="The values of declared kinds, by kind, in the order in which they are given.",
    )
