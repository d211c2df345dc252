"""The endpoints that explain which evidence joins two contacts or identifiers."""

from collections.abc import Mapping
from typing import Any, ClassVar

from django.http import HttpRequest, HttpResponse
from drf_spectacular.utils import OpenApiParameter
from rest_framework import serializers
from rest_framework.exceptions import ValidationError
from rest_framework.fields import empty

from reunite.api.http.fields import Body, GivenEmail, GivenPhoneNumber, Id, IdParameter
from reunite.api.http.identifiers import given_identifiers, with_identifiers
from reunite.api.http.json import JSONView, answer, body, query
from reunite.api.http.operation import operation
from reunite.api.http.scope import scope_of
from reunite.api.persons.answer import CONTENT_LOCATION, PERSON_ID, found_contacts_answer, located
from reunite.api.persons.evidence import ENDS, StepAnswer, steps_answer
from reunite.api.persons.serializers import IN_A_CONTACT, FoundContactAnswer
from reunite.core.access.callers import KeyScope
from reunite.core.errors import FieldError, InvalidRequest
from reunite.core.identifiers.kinds import Standing
from reunite.core.ids import MAX_ID
from reunite.core.policy.details import NO_OTHERS, Others
from reunite.core.scope import Scope
from reunite.services.persons.explain import End, Explained, explain, read_end
from reunite.services.persons.search import MAX_CONTACTS
from reunite.services.policy.change import declared_kinds

_ID_SCHEMA = {"type": "integer", "minimum": 1, "maximum": MAX_ID}
ONE_OF_THREE = 'Not one of the three: send {"email": …}, {"phoneNumber": …} or {"contactId": …}.'


class NotCountingAnswer(serializers.Serializer[Any]):
    """An end that does not count, and so joins no persons."""

    end = serializers.ChoiceField(choices=ENDS)
    standing = serializers.ChoiceField(
        choices=[each for each in IN_A_CONTACT if each != Standing.COUNTS],
        help_text="Why the value does not count; withheld if a split withheld it in all contacts.",
    )
    contacts = FoundContactAnswer(many=True, help_text=f"The oldest {MAX_CONTACTS} that hold it.")


class ExplainAnswer(serializers.Serializer[Any]):
    """The shortest chain of evidence between two ends."""

    personId = serializers.IntegerField(
        allow_null=True, help_text="The person of the start; null if neither end counts."
    )
    connected = serializers.BooleanField()
    steps = StepAnswer(many=True)
    notCounting = NotCountingAnswer(many=True, help_text="The ends that do not count.")


class ContactEnds(serializers.Serializer[Any]):
    """Two contacts."""

    def get_fields(self) -> dict[str, Any]:
        """The ends."""
        return {each: IdParameter() for each in ENDS}


class EndRequest(Body):
    """One end of a chain: one of the three, or one value of a declared kind."""

    email = GivenEmail()
    phoneNumber = GivenPhoneNumber()
    contactId = Id(required=False, allow_null=True, default=None)

    def run_validation(self, data: Any = empty) -> Any:
        """The three, with None for those not given."""
        if not isinstance(data, dict):
            raise serializers.ValidationError(ONE_OF_THREE, "invalid_end")
        return super().run_validation(data)


class ExplainRequest(Body):
    """Two ends."""

    end: ClassVar[type[Body]] = EndRequest

    def get_fields(self) -> dict[str, Any]:
        """The ends."""
        return {each: self.end() for each in ENDS}


EXPLAIN_FORM = type(
    "ExplainRequest",
    (ExplainRequest,),
    {"end": with_identifiers(EndRequest), "__doc__": "Two ends."},
)
"""As the documents show it."""


class ExplainContactsView(JSONView):
    """The chain between two contacts of a person."""

    @operation(
        "explainContacts",
        "The shortest chain of evidence between two contacts of a person",
        needs=(KeyScope.READ,),
        tag="persons",
        parameters=[
            PERSON_ID,
            CONTENT_LOCATION,
            *(OpenApiParameter(each, _ID_SCHEMA, required=True) for each in ENDS),
        ],
        answer=(ExplainAnswer, "The chain, if both are contacts of the person."),
        problems=(404, 409, 410),
    )
    def get(self, request: HttpRequest, id: int) -> HttpResponse:
        """Explain it."""
        wanted = ContactEnds().run_validation(query(request))
        explained = explain(scope_of(request.META), *(wanted[each] for each in ENDS), within=id)
        return located(request, "person-explain", explained.person_id, _explanation(explained))


class ExplainView(JSONView):
    """The chain between two identifiers or contacts."""

    @operation(
        "explain",
        "The shortest chain of evidence between two identifiers or contacts",
        needs=(KeyScope.READ,),
        tag="persons",
        request=EXPLAIN_FORM,
        description=(
            "An email or phone number that does not count joins no persons: `notCounting` says "
            "why, and which contacts hold it."
        ),
        answer=(ExplainAnswer, "The chain, if they are one person."),
        problems=(404, 409, 410, 413),
        example=(
            "An email and a contact",
            {"from": {"email": "lorraine@hillvalley.edu"}, "to": {"contactId": 23}},
        ),
    )
    def post(self, request: HttpRequest) -> HttpResponse:
        """Explain it."""
        scope = scope_of(request.META)
        asked = body(request)
        form = ExplainRequest()
        wanted = form.run_validation(asked)
        ends = [
            _read_end(scope, each, wanted[each], _identifiers(scope, each, asked, form.end()))
            for each in ENDS
        ]
        return answer(_explanation(explain(scope, *ends)))


def _identifiers(scope: Scope, name: str, asked: Any, form: Body) -> Others:
    try:
        return given_identifiers(scope, asked[name], form)
    except ValidationError as error:
        raise ValidationError({name: error.detail}) from error


def _read_end(scope: Scope, name: str, given: Mapping[str, Any], identifiers: Others) -> End:
    email, phone_number, contact_id = given["email"], given["phoneNumber"], given["contactId"]
    others = identifiers or None if declared_kinds(scope) else None
    if sum(each is not None for each in (email, phone_number, contact_id, others)) != 1:
        raise InvalidRequest(FieldError(name, "invalid_end", ONE_OF_THREE))
    if contact_id is not None:
        return int(contact_id)
    try:
        return read_end(
            scope, email=email, phone_number=phone_number, identifiers=others or NO_OTHERS
        )
    except InvalidRequest as error:
        raise InvalidRequest(
            *(FieldError(f"{name}.{e.field}", e.code, e.detail) for e in error.errors)
        ) from error


def _explanation(explained: Explained) -> dict[str, object]:
    steps = explained.steps
    given = {} if explained.evidence is None else explained.evidence.given
    return {
        "personId": explained.person_id,
        "connected": steps is not None,
        "steps": steps_answer(steps or [], given, explained.orders),
        "notCounting": [
            {
                "end": name,
                "standing": end.standing,
                "contacts": found_contacts_answer(end.contacts),
            }
            for name, end in zip(ENDS, explained.not_counting, strict=True)
            if end is not None
        ],
    }
