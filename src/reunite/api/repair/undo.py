"""The endpoints of repairs that were done: list them, and undo them."""

from typing import Any

from django.http import HttpRequest, HttpResponse
from drf_spectacular.utils import OpenApiResponse
from rest_framework import serializers

from reunite.api.http.json import JSONView, body, query
from reunite.api.http.operation import operation
from reunite.api.http.pages import AFTER, PAGE_LENGTH, PageQuery, members, page_answer
from reunite.api.http.problems import problems
from reunite.api.http.scope import scope_of
from reunite.api.repair.shared import (
    PERSONS_RESULT,
    Reason,
    UndoAnswer,
    persons_answer,
    request_to,
)
from reunite.services.repair.undo import ListedRepair, list_repairs, undo


class RepairRowAnswer(serializers.Serializer[Any]):
    """A repair."""

    id = serializers.IntegerField()
    type = serializers.CharField(help_text="The type of its events.")
    requestId = serializers.CharField(allow_null=True)
    createdAt = serializers.DateTimeField()
    undoneBy = serializers.IntegerField(allow_null=True, help_text="The repair that undid it.")
    undo = UndoAnswer(allow_null=True, help_text="The request that undoes it; see `noUndo`.")
    noUndo = serializers.ChoiceField(
        choices=["undone", "erased"],
        allow_null=True,
        help_text="Why `undo` is null: it was undone, or a person in it was erased since.",
    )


class RepairsAnswer(serializers.Serializer[Any]):
    """A page of repairs."""

    repairs = RepairRowAnswer(many=True)
    next = serializers.IntegerField(allow_null=True, help_text="The next page's `after`.")


class RepairsView(JSONView):
    """What operators did."""

    @operation(
        operation_id="listRepairs",
        tags=["repair"],
        summary="List repairs",
        description="All but retiring, restoring and erasing. `repairId` of an event names one.",
        parameters=[AFTER],
        responses={
            200: OpenApiResponse(RepairsAnswer, description=f"Up to {PAGE_LENGTH}, by id."),
        },
    )
    def get(self, request: HttpRequest) -> HttpResponse:
        """A page of them."""
        wanted = PageQuery().run_validation(query(request))
        return page_answer(scope_of(request.META), "repairs", list_repairs, _answer, **wanted)


class UndoRepairView(JSONView):
    """Take a repair back."""

    @operation(
        operation_id="undoRepair",
        tags=["repair"],
        summary="Undo a repair",
        description=(
            "Persons, their ids and what counts are as they were before the repair; what else "
            "happened since stays. Where that is impossible, nothing is written, and the problem "
            "`changed_since` says why. It is a repair itself, and its `undo` does the repair again."
        ),
        request=Reason,
        responses={200: PERSONS_RESULT, **problems(404, 409, 413)},
    )
    def post(self, request: HttpRequest, id: int) -> HttpResponse:
        """Undo it."""
        scope = scope_of(request.META)
        wanted = Reason().run_validation(body(request))
        undone = undo(scope, id, reason=wanted["reason"])
        return persons_answer(scope, undone)


def _answer(repair: ListedRepair) -> dict[str, object]:
    return members(RepairRowAnswer, repair, **_undo(repair))


def _undo(repair: ListedRepair) -> dict[str, object]:
    """What undoes a repair, or why nothing does."""
    if repair.undone_by is not None:
        return {"undo": None, "noUndo": "undone"}
    if repair.is_forgotten:
        return {"undo": None, "noUndo": "erased"}
    return {"undo": request_to("undo-repair", repair.id), "noUndo": None}
