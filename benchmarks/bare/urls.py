"""A plain Django view around the service: no validation, no errors, no documentation."""

import orjson
from django.http import HttpRequest, HttpResponse
from django.urls import path

from reunite.api.persons.answer import person_answer
from reunite.core.scope import default_scope
from reunite.services.identify.identify import identify


def identify_view(request: HttpRequest) -> HttpResponse:
    details = orjson.loads(request.body)
    scope = default_scope(request.META["HTTP_X_REQUEST_ID"])
    identified = identify(scope, details["email"], details["phoneNumber"])
    person = person_answer(scope, identified.person)
    return HttpResponse(
        orjson.dumps({"contact": person}),
        content_type="application/json",
        headers={"Reunite-Outcome": identified.outcome.value},
    )


urlpatterns = [path("identify", identify_view)]
