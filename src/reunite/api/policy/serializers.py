"""The forms of policies, of simulations, and of canonical values."""

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
from reunite.core.policy.presets import PRESETS
from reunite.core.policy.rekeying import WITHHELD

UNCOUNTED_DECLARED = (Ignored.CARRIED.value, Ignored.UNDECLARED.value)
"""Reasons of declared kinds alone: they are shown if there are such values."""
UNCOUNTED = (
    *(each.value for each in Ignored if each.value not in UNCOUNTED_DECLARED),
    UNREADABLE,
    WITHHELD,
)
_MAX_VERSION = 2**31 - 1


_ABOUT = {
    "kind": "The rules of a kind; none for `email` and `phone`, which only name their place.",
    "fillers": "Further values that are placeholders.",
    "blocked": "Values that do not count.",
    "allowed": "Values that always count.",
    "limits": "The limits of the guards; null is no limit.",
    "normalization": "How values become canonical.",
}


class PatternForm(Body):
    """An RE2 pattern, searched in canonical values of a kind."""

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
    """The field that documents a shape; ``policy_from`` reads the values."""
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
    """A policy; its preset gives what is left out."""

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
        choices=list(PRESETS),
        allow_null=True,
        help_text="The preset that the policy equals, apart from the region.",
    )
    policy = PolicyForm()
    prepared = PreparedAnswer(
        allow_null=True, help_text="A version that is being prepared, if there is one."
    )


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
    """Persons between which contacts would move: the oldest ones before and after."""

    before = SizeAnswer(many=True)
    after = SizeAnswer(many=True)


class PersonsAnswer(serializers.Serializer[Any]):
    """The persons under the policy."""

    count = serializers.IntegerField()
    largest = SizeAnswer(allow_null=True)
    splits = serializers.IntegerField(help_text="Persons that would part.")
    merges = serializers.IntegerField(help_text="Persons that several persons would form.")
    samples = SampleAnswer(many=True, help_text="Twenty at most.")


class BeforeAnswer(serializers.Serializer[Any]):
    """The persons now."""

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
    """How many persons would exceed a limit; null if there is no limit."""

    emailsPerPerson = serializers.IntegerField(allow_null=True)
    phonesPerPerson = serializers.IntegerField(allow_null=True)
    identifiers = serializers.DictField(
        child=serializers.IntegerField(),
        required=False,
        help_text="The numbers for declared kinds with a limit, by kind.",
    )


class HubAnswer(serializers.Serializer[Any]):
    """An identifier that too many contacts would carry."""

    kind = serializers.CharField(help_text="email, phone, or a declared kind")
    contacts = serializers.IntegerField()
    contactIds = serializers.ListField(
        child=serializers.IntegerField(), help_text="The first twenty."
    )


class HubsAnswer(serializers.Serializer[Any]):
    """The identifiers that would be retired as hubs, and the persons after that."""

    count = serializers.IntegerField()
    identifiers = HubAnswer(many=True, help_text="The twenty largest.")
    persons = PersonsAnswer()


class SimulateAnswer(serializers.Serializer[Any]):
    """The effect of a policy."""

    contacts = serializers.IntegerField(help_text="How many were read.")
    rekeyed = serializers.IntegerField(help_text="How many contacts would get other keys.")
    before = BeforeAnswer()
    after = PersonsAnswer()
    uncounted = UncountedAnswer()
    overLimit = OverLimitAnswer()
    hubs = HubsAnswer(allow_null=True)
    keptApart = serializers.ListField(
        child=serializers.IntegerField(), help_text="Separations that prevent the change."
    )


class NormalizeRequest(Body):
    """Values, and the policy that reads them: by default the policy in force."""

    email = GivenEmail()
    phoneNumber = GivenPhoneNumber()
    policy = PolicyForm(required=False)


class NormalizedAnswer(serializers.Serializer[Any]):
    """The result for a value: one of the three is not null."""

    canonical = serializers.CharField(allow_null=True)
    ignored = serializers.ChoiceField(choices=[each.value for each in Ignored], allow_null=True)
    error = FieldProblem(allow_null=True)


class NormalizeAnswer(serializers.Serializer[Any]):
    """The results for the given values."""

    email = NormalizedAnswer(required=False)
    phoneNumber = NormalizedAnswer(required=False)
    identifiers = serializers.DictField(
        child=serializers.ListField(child=NormalizedAnswer()),
        required=False,
        help_text="The values of declared kinds, by kind, in the order in which they are given.",
    )
