"""The endpoints that part persons: split, keep apart, lift a separation."""

from functools import partial
from typing import Any

from django.http import HttpRequest, HttpResponse
from drf_spectacular.utils import OpenApiParameter
from rest_framework import serializers

from reunite.api.http.fields import BoundedList, Choice, Flag, Id
from reunite.api.http.json import JSONView, query
from reunite.api.http.operation import operation
from reunite.api.http.pages import (
    AFTER,
    OF_PERSON,
    WHO,
    PersonPageQuery,
    members,
    page_by_get,
    page_form,
)
from reunite.api.http.scope import scope_of
from reunite.api.repair.shared import (
    PERSONS_RESULT,
    RepairAnswer,
    RepairRequest,
    TwoContacts,
    of_two,
    persons_answer,
    repair_by_post,
)
from reunite.core.access.callers import KeyScope
from reunite.core.repair.split import SharedStay
from reunite.core.scope import Scope
from reunite.services.repair.separate import Separated, lift, list_separations, separate
from reunite.services.repair.split import split

SPLIT_MAX_LENGTH = 10_000


class SplitRequest(RepairRequest):
    """The contacts of one side."""

    contactIds = BoundedList(
        source="side_ids",
        child=Id(),
        min_length=1,
        max_length=SPLIT_MAX_LENGTH,
        help_text="The contacts to part from the other contacts of the person.",
    )
    keepApart = Flag(source="keep_apart", default=True, help_text="Also keep the two sides apart.")
    sharedStay = Choice(
        SharedStay,
        source="shared",
        default=SharedStay.OLDEST,
        help_text="The side that keeps the emails and phone numbers of both: the side of the "
        "oldest contact (oldest), of contactIds (named), or the other side (others).",
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
    createdBy = serializers.CharField(allow_null=True, help_text=WHO)


SeparationsAnswer = page_form("SeparationsAnswer", "separations", SeparationAnswer)


class SeparatedAnswer(RepairAnswer):
    """The two persons, and their separation."""

    separationId = serializers.IntegerField()


def _separated(scope: Scope, found: Separated) -> HttpResponse:
    return persons_answer(scope, found, separationId=found.separation_id)


class LiftQuery(serializers.Serializer[Any]):
    """How to lift a separation."""

    giveBack = serializers.BooleanField(default=False)


class SplitView(JSONView):
    """Divide a person."""

    post = repair_by_post(
        split,
        name="splitPerson",
        summary="Split a person",
        description=(
            "Parts some contacts from the others. The id stays with the side of the oldest "
            "contact. Emails and phone numbers of both sides stay with the side of the oldest "
            "contact, or with the side that `sharedStay` names; on the other side they no longer "
            "count. Links between the sides are revoked. A side without other evidence becomes "
            "several persons."
        ),
        request=SplitRequest,
        problems=(404, 409, 410, 413),
        example=("One side", {"contactIds": [27], "reason": "Two people share a phone."}),
    )


class SeparationsView(JSONView):
    """The separations."""

    get = page_by_get(
        list_separations,
        SeparationsAnswer,
        partial(members, SeparationAnswer),
        name="listSeparations",
        summary="List separations",
        query_form=PersonPageQuery,
        parameters=[OF_PERSON, AFTER],
        problems=(404, 410),
        needs=(KeyScope.READ,),
        tag="repair",
    )
    post = repair_by_post(
        of_two(separate),
        name="separate",
        summary="Keep two persons apart",
        description="Keeping the same two contacts apart again changes nothing.",
        request=TwoContacts,
        answer=(SeparatedAnswer, "The two persons."),
        problems=(404, 409, 410, 413),
        show=_separated,
        example=("Twins", {"contactIds": [11, 27], "reason": "Twins, they told us."}),
    )


class SeparationView(JSONView):
    """One separation."""

    @operation(
        "liftSeparation",
        "Lift a separation",
        needs=(KeyScope.REPAIR,),
        tag="repair",
        description=(
            "Lifting joins no persons; held merges can be approved afterwards. With `giveBack`, "
            "values that a split withheld in one of the two persons count in both again and join "
            "them."
        ),
        parameters=[
            OpenApiParameter(
                "giveBack",
                bool,
                default=False,
                description="Let values that both persons have count in both again.",
            )
        ],
        answer=PERSONS_RESULT,
        problems=(404, 409),
    )
    def delete(self, request: HttpRequest, id: int) -> HttpResponse:
        """Lift it."""
        scope = scope_of(request.META)
        wanted = LiftQuery().run_validation(query(request))
        return persons_answer(scope, lift(scope, id, give_back=wanted["giveBack"]))
