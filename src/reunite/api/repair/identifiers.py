"""The endpoints of identifiers that do not count: retire, restore, list."""

from typing import Any

from django.http import HttpRequest, HttpResponse
from drf_spectacular.utils import OpenApiExample, OpenApiResponse
from rest_framework import serializers

from reunite.api.http.fields import GivenEmail, GivenPhoneNumber
from reunite.api.http.json import JSONView, body, query
from reunite.api.http.operation import operation
from reunite.api.http.pages import AFTER, PAGE_LENGTH, PageQuery, members, page_answer
from reunite.api.http.problems import problems
from reunite.api.http.scope import scope_of
from reunite.api.repair.shared import PERSONS_RESULT, Reason, persons_answer
from reunite.services.repair.retire import ListedRetired, list_retired, restore, retire


class RetireRequest(Reason):
    """An email or a phone number: one of the two."""

    email = GivenEmail()
    phoneNumber = GivenPhoneNumber()


class RetiredAnswer(serializers.Serializer[Any]):
    """An identifier that no longer counts."""

    id = serializers.IntegerField()
    kind = serializers.CharField(help_text="email or phone")
    value = serializers.CharField(help_text="Canonical.")
    origin = serializers.CharField(help_text="operator, or guard for a hub")
    reason = serializers.CharField(allow_blank=True)
    createdAt = serializers.DateTimeField()


class RetiredPageAnswer(serializers.Serializer[Any]):
    """A page of identifiers."""

    identifiers = RetiredAnswer(many=True)
    next = serializers.IntegerField(allow_null=True, help_text="The next page's `after`.")


_CALL_CENTRE = OpenApiExample(
    "A call centre",
    request_only=True,
    value={"phoneNumber": "800500", "reason": "Our own call centre."},
)


class RetireView(JSONView):
    """Let an identifier no longer count."""

    @operation(
        operation_id="retireIdentifier",
        tags=["repair"],
        summary="Retire an identifier",
        description=(
            "It matches nothing and joins nobody any more; whom it alone joined part. Contacts "
            "keep it as given. Retiring it again changes nothing, and answers with nobody."
        ),
        request=RetireRequest,
        responses={200: PERSONS_RESULT, **problems(400, 413, 415, 503)},
        examples=[_CALL_CENTRE],
    )
    def post(self, request: HttpRequest) -> HttpResponse:
        """Retire it."""
        scope = scope_of(request.META)
        wanted = RetireRequest().run_validation(body(request))
        retired = retire(scope, wanted["email"], wanted["phoneNumber"], reason=wanted["reason"])
        return persons_answer(scope, retired)


class RestoreView(JSONView):
    """Let an identifier count again."""

    @operation(
        operation_id="restoreIdentifier",
        tags=["repair"],
        summary="Restore an identifier",
        description=(
            "It counts again in the contacts that have it, and those whom it joins are one person "
            "again; but not while they are kept apart."
        ),
        request=RetireRequest,
        responses={200: PERSONS_RESULT, **problems(400, 404, 409, 413, 415, 503)},
        examples=[_CALL_CENTRE],
    )
    def post(self, request: HttpRequest) -> HttpResponse:
        """Restore it."""
        scope = scope_of(request.META)
        wanted = RetireRequest().run_validation(body(request))
        restored = restore(scope, wanted["email"], wanted["phoneNumber"])
        return persons_answer(scope, restored)


class RetiredView(JSONView):
    """What no longer counts."""

    @operation(
        operation_id="listRetired",
        tags=["repair"],
        summary="List retired identifiers",
        parameters=[AFTER],
        responses={
            200: OpenApiResponse(RetiredPageAnswer, description=f"Up to {PAGE_LENGTH}, by id."),
            **problems(400, 503),
        },
    )
    def get(self, request: HttpRequest) -> HttpResponse:
        """A page of them."""
        wanted = PageQuery().run_validation(query(request))
        return page_answer(scope_of(request.META), "identifiers", list_retired, _answer, **wanted)


def _answer(retired: ListedRetired) -> dict[str, object]:
    identifier = retired.identifier
    return members(RetiredAnswer, retired, kind=identifier.kind.value, value=identifier.key)
