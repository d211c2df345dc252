"""The endpoints that part persons: split them, keep them apart, and no longer."""

from functools import partial
from typing import Any

from django.http import HttpRequest, HttpResponse
from drf_spectacular.utils import OpenApiExample, OpenApiParameter, OpenApiResponse
from rest_framework import serializers

from reunite.api.http.fields import Choice, Flag, Id
from reunite.api.http.json import JSONView, body, query
from reunite.api.http.operation import operation
from reunite.api.http.pages import (
    AFTER,
    OF_PERSON,
    PAGE_LENGTH,
    PersonPageQuery,
    members,
    page_answer,
)
from reunite.api.http.problems import problems
from reunite.api.http.scope import scope_of
from reunite.api.repair.shared import (
    PERSONS_RESULT,
    Reason,
    RepairAnswer,
    TwoContacts,
    persons_answer,
)
from reunite.core.repair.split import SharedStay
from reunite.services.repair.separate import lift, list_separations, separate
from reunite.services.repair.split import split

SPLIT_MAX_LENGTH = 10_000


class SplitRequest(Reason):
    """The contacts of one side."""

    contactIds = serializers.ListField(
        child=Id(),
        min_length=1,
        max_length=SPLIT_MAX_LENGTH,
        help_text="Those to part from the person's other contacts.",
    )
    keepApart = Flag(default=True, help_text="Also keep the two sides apart.")
    sharedStay = Choice(
        [each.value for each in SharedStay],
        default=SharedStay.OLDEST.value,
        help_text="With which side the emails and phone numbers stay that both have: that of the "
        "oldest contact, that of contactIds (named), or the other (others).",
    )


class SeparationAnswer(serializers.Serializer[Any]):
    """Two contacts that must never be one person."""

    id = serializers.IntegerField()
    contactIds = serializers.ListField(child=serializers.IntegerField())
    personIds = serializers.ListField(
        child=serializers.IntegerField(), help_text="Their persons, in the same order."
    )
    reason = serializers.CharField(allow_blank=True)
    createdAt = serializers.DateTimeField()


class SeparationsAnswer(serializers.Serializer[Any]):
    """A page of separations."""

    separations = SeparationAnswer(many=True)
    next = serializers.IntegerField(allow_null=True, help_text="The next page's `after`.")


class SeparatedAnswer(RepairAnswer):
    """The two persons, and what keeps them apart."""

    separationId = serializers.IntegerField()


class LiftQuery(serializers.Serializer[Any]):
    """How to lift a separation."""

    giveBack = serializers.BooleanField(default=False)


class SplitView(JSONView):
    """Divide a person."""

    @operation(
        operation_id="splitPerson",
        tags=["repair"],
        summary="Split a person",
        description=(
            "Parts some contacts from the others. The id stays with the side of the oldest "
            "contact. The emails and phone numbers that both sides have stay with the side of "
            "the oldest contact, or the one that `sharedStay` tells; on the other side they no "
            "longer count. Links between the sides are revoked. A side that nothing "
            "else joins falls into several persons."
        ),
        request=SplitRequest,
        responses={200: PERSONS_RESULT, **problems(400, 404, 409, 410, 413, 415, 503)},
        examples=[
            OpenApiExample(
                "One side",
                request_only=True,
                value={"contactIds": [27], "reason": "Two people share a phone."},
            )
        ],
    )
    def post(self, request: HttpRequest, id: int) -> HttpResponse:
        """Split it."""
        scope = scope_of(request.META)
        wanted = SplitRequest().run_validation(body(request))
        repaired = split(
            scope,
            id,
            wanted["contactIds"],
            keep_apart=wanted["keepApart"],
            shared=SharedStay(wanted["sharedStay"]),
            reason=wanted["reason"],
        )
        return persons_answer(scope, repaired)


class SeparationsView(JSONView):
    """Who is kept apart."""

    @operation(
        operation_id="listSeparations",
        tags=["repair"],
        summary="List separations",
        parameters=[OF_PERSON, AFTER],
        responses={
            200: OpenApiResponse(SeparationsAnswer, description=f"Up to {PAGE_LENGTH}, by id."),
            **problems(400, 404, 410, 503),
        },
    )
    def get(self, request: HttpRequest) -> HttpResponse:
        """A page of them."""
        wanted = PersonPageQuery().run_validation(query(request))
        show = partial(members, SeparationAnswer)
        return page_answer(scope_of(request.META), "separations", list_separations, show, **wanted)

    @operation(
        operation_id="separate",
        tags=["repair"],
        summary="Keep two persons apart",
        description="Keeping the same two contacts apart again changes nothing.",
        request=TwoContacts,
        responses={
            200: OpenApiResponse(SeparatedAnswer, description="The two persons."),
            **problems(400, 404, 409, 410, 413, 415, 503),
        },
        examples=[
            OpenApiExample(
                "Twins",
                request_only=True,
                value={"contactIds": [11, 27], "reason": "Twins, they told us."},
            )
        ],
    )
    def post(self, request: HttpRequest) -> HttpResponse:
        """Keep them apart."""
        scope = scope_of(request.META)
        wanted = TwoContacts().run_validation(body(request))
        separated = separate(scope, *wanted["contactIds"], reason=wanted["reason"])
        return persons_answer(scope, separated, separationId=separated.separation_id)


class SeparationView(JSONView):
    """One separation."""

    @operation(
        operation_id="liftSeparation",
        tags=["repair"],
        summary="Keep two persons apart no longer",
        description=(
            "Joins nothing by itself: what was held meanwhile can be approved then. With "
            "`giveBack`, what both persons have and a split withheld in one counts in both again, "
            "and so joins them."
        ),
        parameters=[
            OpenApiParameter(
                "giveBack",
                bool,
                default=False,
                description="Let what both persons have count in both again.",
            )
        ],
        responses={200: PERSONS_RESULT, **problems(400, 404, 409, 503)},
    )
    def delete(self, request: HttpRequest, id: int) -> HttpResponse:
        """Lift it."""
        scope = scope_of(request.META)
        wanted = LiftQuery().run_validation(query(request))
        return persons_answer(scope, lift(scope, id, give_back=wanted["giveBack"]))
