"""The endpoints of identify: one request, or many."""

from collections.abc import Mapping
from typing import Any, NamedTuple

from django.http import HttpRequest, HttpResponse
from drf_spectacular.utils import OpenApiParameter
from rest_framework.exceptions import ValidationError
from rest_framework.serializers import Serializer

from reunite.api.http.access import take_rows
from reunite.api.http.errors import invalid, unusable
from reunite.api.http.fields import Choice
from reunite.api.http.json import JSONView, Written, body, query, written
from reunite.api.http.operation import operation
from reunite.api.http.scope import scope_of
from reunite.api.identify import serializers
from reunite.api.persons.answer import person_answer
from reunite.core.access.callers import KeyScope
from reunite.core.errors import NoUsableIdentifier
from reunite.core.identify.plan import Identified, Outcome
from reunite.core.policy.details import Others
from reunite.core.scope import Scope
from reunite.services.identify.batch import Refusal, identify_batch
from reunite.services.identify.identify import identify
from reunite.services.policy.change import declared_kinds

# One instance serves all requests, as for single requests.
_identify_batch_request = serializers.IdentifyBatchRequest()


Asking = tuple[str | None, str | None, frozenset[str], Others]

_INCLUDE = ("decision", "identifiers", "decision,identifiers")
INCLUDE = OpenApiParameter(
    "include",
    str,
    enum=[*_INCLUDE],
    description="Adds the decision to the answer, or the values of declared kinds, or both.",
)


class IncludeQuery(Serializer[Any]):
    """The parts of an answer beside the person."""

    include = Choice([*_INCLUDE], default=None)


class Included(NamedTuple):
    """The parts of an answer beside the person."""

    decision: bool = False
    identifiers: bool = False


NOTHING = Included()


class IdentifyView(JSONView):
    """Find or create the person of contact details."""

    @operation(
        "identify",
        "Send contact details and get the person",
        needs=(KeyScope.IDENTIFY,),
        tag="identify",
        description=(
            "Remembers what is new in the details, and answers with the person that they belong to "
            "and everything known about how to reach them. Sending the same again changes nothing."
        ),
        request=serializers.IdentifyForm,
        answer=(serializers.IdentifyAnswer, "The person."),
        problems=(
            (400, "The body cannot be read as contact details."),
            (413, "The body is too large."),
            (415, "The body is not application/json."),
            (422, "No identifier that may count."),
            (503, "Busy: send it again after Retry-After."),
        ),
        parameters=[
            OpenApiParameter(
                "Reunite-Outcome",
                str,
                OpenApiParameter.HEADER,
                response=[200],
                enum=[each.value for each in Outcome],
                description="The outcome of the request.",
            ),
            INCLUDE,
        ],
        example=("An order", {"email": "mcfly@hillvalley.edu", "phoneNumber": "123456"}),
        answer_example=(
            "Its person",
            {
                "contact": {
                    "primaryContactId": 1,
                    "primaryContatctId": 1,
                    "emails": ["lorraine@hillvalley.edu", "mcfly@hillvalley.edu"],
                    "phoneNumbers": ["123456"],
                    "secondaryContactIds": [23],
                }
            },
        ),
    )
    def post(self, request: HttpRequest) -> HttpResponse:
        """Identify."""
        include = _included(request)
        return self.perform(body(request), request.META, include=include).response()

    @staticmethod
    def perform(
        asked: object, environ: Mapping[str, Any], *, include: Included = NOTHING
    ) -> Written:
        """The answer to a body that was read."""
        scope = scope_of(environ)
        details = serializers.details_of(scope, asked)
        identified = identify(
            scope,
            details["email"],
            details["phoneNumber"],
            identifiers=details["identifiers"],
            verified=details["verified"],
        )
        if serializers.shows_identifiers(scope, details):
            include = include._replace(identifiers=True)
        return written(_told(scope, identified, include), Reunite_Outcome=identified.outcome.value)


class IdentifyBatchView(JSONView):
    """Find or create the persons of many contact details."""

    @operation(
        "identifyBatch",
        "Send many contact details at once and get the persons",
        needs=(KeyScope.IDENTIFY,),
        tag="identify",
        description=(
            "Answers in order, with the result that the requests would have had one by one. A "
            "request that cannot be read has a problem in its place and hinders no others. The "
            "batch is written whole or, with 503, not at all; while it is written, other writes "
            "wait."
        ),
        request=serializers.IdentifyBatchRequest,
        parameters=[INCLUDE],
        answer=(serializers.IdentifyBatchAnswer, "An answer each."),
        problems=(
            (400, "The body is not a list of at most 1,000."),
            (413, "The body is too large."),
            (415, "The body is not application/json."),
            (503, "Busy: send it again after Retry-After."),
        ),
        example=(
            "Two orders",
            {
                "requests": [
                    {"email": "lorraine@hillvalley.edu", "phoneNumber": "123456"},
                    {"email": "mcfly@hillvalley.edu", "phoneNumber": "123456"},
                ]
            },
        ),
    )
    def post(self, request: HttpRequest) -> HttpResponse:
        """Identify each."""
        include = _included(request)
        return self.perform(body(request), request.META, include=include).response()

    @staticmethod
    def perform(
        asked: object, environ: Mapping[str, Any], *, include: Included = NOTHING
    ) -> Written:
        """The answer to a body that was read."""
        scope = scope_of(environ)
        items = _identify_batch_request.run_validation(asked)["requests"]
        take_rows(environ, len(items))
        read = [_read(scope, item) for item in items]
        details = [each for each in read if isinstance(each, tuple)]
        identified = iter(identify_batch(scope, details))
        has_declared = bool(declared_kinds(scope))
        results = []
        for each in read:
            if not isinstance(each, tuple):
                results.append(_result(scope, each, include))
                continue
            shown = include.identifiers or bool(has_declared and each[-1])
            included = Included(include.decision, shown)
            results.append(_result(scope, next(identified), included))
        return written({"results": results})


def _included(request: HttpRequest) -> Included:
    """The parts that the request asks for."""
    if not request.META.get("QUERY_STRING"):
        return NOTHING
    wanted: str = IncludeQuery().run_validation(query(request))["include"] or ""
    return Included("decision" in wanted, "identifiers" in wanted)


def _told(scope: Scope, identified: Identified, include: Included) -> dict[str, object]:
    decision = serializers.decision_answer(identified.decision) if include.decision else None
    contact = person_answer(scope, identified.person, include.identifiers)
    return {"contact": contact} if decision is None else {"contact": contact, "decision": decision}


def _read(scope: Scope, item: object) -> Asking | ValidationError:
    try:
        details = serializers.details_of(scope, item)
    except ValidationError as error:
        return error
    return (
        details["email"],
        details["phoneNumber"],
        details["verified"],
        details["identifiers"],
    )


def _result(
    scope: Scope, result: Identified | Refusal | ValidationError, include: Included
) -> dict[str, object]:
    if isinstance(result, Identified):
        return {"outcome": result.outcome.value, **_told(scope, result, include)}
    if isinstance(result, NoUsableIdentifier):
        return {"problem": unusable(result)}
    return {"problem": invalid(result)}
