"""The forms that the endpoints of repairs share: requests, answers, and the request to undo."""

from collections.abc import Callable, Sequence
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.urls import reverse
from rest_framework import serializers

from reunite.api.http.fields import Body, Flag, Text, TwoIds
from reunite.api.http.identifiers import NAME as IDENTIFIERS
from reunite.api.http.identifiers import given_identifiers, with_identifiers
from reunite.api.http.json import JSONView, answer, body
from reunite.api.http.operation import Answer, operation
from reunite.api.http.scope import scope_of
from reunite.api.persons.answer import (
    PERSONS_MAX_LISTED,
    PersonAnswer,
    TruncatedPersons,
    listed_persons,
)
from reunite.api.persons.evidence import StepAnswer, steps_answer
from reunite.core.access.callers import KeyScope
from reunite.core.identifiers.kinds import KINDS
from reunite.core.scope import Scope
from reunite.services.persons.show import show_orders
from reunite.services.repair.edit import Repaired, Undo, UndoRepair, UndoRestore, UndoRetire
from reunite.services.repair.separate import Separated

REASON_MAX_LENGTH = 1_000


class Reason(Body):
    """The reason, in the operator's words."""

    reason = Text(max_length=REASON_MAX_LENGTH, default="", allow_blank=True, trim_whitespace=False)


class RepairRequest(Reason):
    """The reason, and whether the request is a dry run."""

    dryRun = Flag(
        source="dry_run",
        default=False,
        help_text="Write nothing: `persons` shows the result, and `before` the persons now.",
    )


class TwoContacts(Reason):
    """A contact of each of two persons."""

    contactIds = TwoIds(source="contact_ids", help_text="One contact of each person.")


class JoinRequest(TwoContacts, RepairRequest):
    """A contact of each of two persons to join."""


class UndoAnswer(serializers.Serializer[Any]):
    """The request that takes a repair back, to be sent as it is."""

    method = serializers.ChoiceField(choices=["POST"])
    path = serializers.CharField()
    body = serializers.DictField()


class RepairAnswer(serializers.Serializer[Any]):
    """The persons that result."""

    persons = PersonAnswer(many=True, help_text="Oldest first; empty if no person is left.")
    truncated = TruncatedPersons(
        required=False,
        help_text=f"Only where more than {PERSONS_MAX_LISTED} persons result.",
    )
    undo = UndoAnswer(
        allow_null=True,
        help_text="The request that undoes the repair; null if nothing was written.",
    )
    before = PersonAnswer(
        many=True,
        required=False,
        help_text="Only for a dry run: the persons now, oldest first, at most "
        f"{PERSONS_MAX_LISTED}.",
    )


class TakenBackAnswer(RepairAnswer):
    """The persons that result, and the evidence that still joins the ends."""

    connectedBy = StepAnswer(
        many=True,
        help_text="The shortest chain between the two ends, as /explain has it; empty if none.",
    )


PERSONS_RESULT = (RepairAnswer, "The persons that result.")
TAKEN_BACK_RESULT = (
    TakenBackAnswer,
    "The persons that result, and the evidence that still joins the ends.",
)


def persons_answer(scope: Scope, repaired: Repaired | Separated, **more: object) -> HttpResponse:
    """The persons that result, and the request to undo; for a dry run, also the persons before."""
    before = repaired.before if isinstance(repaired, Repaired) else None
    if before is not None:
        more["before"] = listed_persons(scope, before)["persons"]
    return answer(
        {**listed_persons(scope, repaired.persons), **more, "undo": undo_answer(repaired.undo)}
    )


def taken_back(scope: Scope, repaired: Repaired) -> HttpResponse:
    """The persons that result, and the evidence that still joins the ends."""
    connection = repaired.connected_by
    if connection is None:
        return persons_answer(scope, repaired, connectedBy=[])
    steps = steps_answer(connection.steps, connection.given, show_orders(connection.steps))
    return persons_answer(scope, repaired, connectedBy=steps)


def repair_by_post(
    repair: Callable[..., Any],
    *,
    request: type[Body] = Reason,
    answer: Answer = PERSONS_RESULT,
    problems: Sequence[int] = (404, 409, 413),
    show: Callable[[Scope, Any], HttpResponse] = persons_answer,
    takes_identifiers: bool = False,
    **documented: Any,
) -> Callable[..., HttpResponse]:
    """The method ``post`` of a view: it reads the body, repairs, and shows the result.

    ``repair`` takes the scope, the ids of the address and, by keyword, the values of ``request``
    and, where it ``takes_identifiers``, those of declared kinds.
    """
    form = request

    @operation(
        needs=(KeyScope.REPAIR,),
        tag="repair",
        request=with_identifiers(form) if takes_identifiers else form,
        answer=answer,
        problems=problems,
        **documented,
    )
    def post(self: JSONView, request: HttpRequest, **ids: int) -> HttpResponse:
        scope = scope_of(request.META)
        asked = body(request)
        read = form()
        values = read.run_validation(asked)
        if takes_identifiers:
            values[IDENTIFIERS] = given_identifiers(scope, asked, read)
        return show(scope, repair(scope, *ids.values(), **values))

    return post


def of_two(repair: Callable[..., Any]) -> Callable[..., Any]:
    """A repair of two contacts, which takes their ids as the form ``TwoContacts`` has them."""

    def repair_them(scope: Scope, *, contact_ids: list[int], **more: Any) -> Any:
        return repair(scope, *contact_ids, **more)

    return repair_them


def undo_answer(undo: Undo | None) -> dict[str, object] | None:
    """The JSON of an UndoAnswer."""
    match undo:
        case None:
            return None
        case UndoRepair(repair_id):
            return request_to("undo-repair", repair_id)
        case UndoRetire(kind, given):
            return request_to("restore-identifier", **_value(kind, given))
        case UndoRestore(kind, given):
            return request_to("retire-identifier", **_value(kind, given))


def request_to(view: str, *ids: int, **body: object) -> dict[str, object]:
    """The JSON of an UndoAnswer: the request to a view."""
    return {"method": "POST", "path": reverse(view, args=ids), "body": body}


def _value(kind: str, given: str) -> dict[str, object]:
    return {KINDS[kind].field: given} if kind in KINDS else {IDENTIFIERS: {kind: given}}
