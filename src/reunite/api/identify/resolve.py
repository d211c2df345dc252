"""The endpoint that finds the person of contact details. Nothing is written."""

from collections.abc import Mapping
from typing import Any

from django.http import HttpRequest, HttpResponse

from reunite.api.http.json import JSONView, Written, body, written
from reunite.api.http.operation import operation
from reunite.api.http.scope import scope_of
from reunite.api.identify.serializers import (
    IdentifyForm,
    ResolveAnswer,
    decision_answer,
    details_of,
    shows_identifiers,
)
from reunite.api.persons.answer import person_answer
from reunite.core.access.callers import KeyScope
from reunite.services.identify.resolve import resolve

_LORRAINE = {
    "primaryContactId": 1,
    "primaryContatctId": 1,
    "emails": ["lorraine@hillvalley.edu", "mcfly@hillvalley.edu"],
    "phoneNumbers": ["123456"],
    "secondaryContactIds": [23],
}


class ResolveView(JSONView):
    """The person of contact details, which are not stored."""

    @operation(
        "resolve",
        "Find the person of contact details, and what identify would do",
        needs=(KeyScope.IDENTIFY, KeyScope.READ),
        tag="identify",
        description="Nothing is written. `contact` is the person as it is now, null if unknown.",
        request=IdentifyForm,
        answer=(ResolveAnswer, "The person, if known."),
        problems=(413, 422),
        example=("An email", {"email": "mcfly@hillvalley.edu"}),
        answer_example=(
            "Its person",
            {
                "contact": _LORRAINE,
                "decision": {
                    "outcome": "unchanged",
                    "created": None,
                    "absorbed": [],
                    "ignored": [],
                    "held": None,
                },
            },
        ),
    )
    def post(self, request: HttpRequest) -> HttpResponse:
        """Resolve it."""
        return self.perform(body(request), request.META).response()

    @staticmethod
    def perform(asked: object, environ: Mapping[str, Any]) -> Written:
        """The answer to a body that was read."""
        scope = scope_of(environ)
        details = details_of(scope, asked)
        resolved = resolve(
            scope,
            details["email"],
            details["phoneNumber"],
            identifiers=details["identifiers"],
            verified=details["verified"],
        )
        shown = shows_identifiers(scope, details)
        return written(
            {
                "contact": resolved.person and person_answer(scope, resolved.person, shown),
                "decision": decision_answer(resolved.decision),
            }
        )
