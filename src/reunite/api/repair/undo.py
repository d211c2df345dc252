"""The endpoints of past repairs: list and undo."""

from typing import Any

from rest_framework import serializers

from reunite.api.http.json import JSONView
from reunite.api.http.pages import members, page_by_get, page_form
from reunite.api.repair.shared import UndoAnswer, repair_by_post, request_to
from reunite.core.access.callers import KeyScope
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
        help_text="Why `undo` is null: the repair was undone, or one of its persons was erased.",
    )


RepairsAnswer = page_form("RepairsAnswer", "repairs", RepairRowAnswer)


def _answer(repair: ListedRepair) -> dict[str, object]:
    return members(RepairRowAnswer, repair, **_undo(repair))


def _undo(repair: ListedRepair) -> dict[str, object]:
    """The request that undoes a repair, or the reason why there is none."""
    if repair.undone_by is not None:
        return {"undo": None, "noUndo": "undone"}
    if repair.is_forgotten:
        return {"undo": None, "noUndo": "erased"}
    return {"undo": request_to("undo-repair", repair.id), "noUndo": None}


class RepairsView(JSONView):
    """The repairs of operators."""

    get = page_by_get(
        list_repairs,
        RepairsAnswer,
        _answer,
        name="listRepairs",
        summary="List repairs",
        needs=(KeyScope.READ,),
        tag="repair",
        description=(
            "All repairs except retiring, restoring and erasing. The `repairId` of an event is "
            "such an id."
        ),
    )


class UndoRepairView(JSONView):
    """Take a repair back."""

    post = repair_by_post(
        undo,
        name="undoRepair",
        summary="Undo a repair",
        description=(
            "Restores persons, ids and counting values as before the repair; later changes stay. "
            "If that is impossible, nothing is written, and the problem `changed_since` says why. "
            "An undo is a repair, and its own `undo` does the first repair again."
        ),
        problems=(404, 409, 413),
    )
