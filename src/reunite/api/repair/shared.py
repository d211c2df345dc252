"""What the endpoints of operators share, and deleting a contact."""

from collections.abc import Sequence
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.urls import reverse
from drf_spectacular.utils import OpenApiParameter, OpenApiResponse
from rest_framework import serializers

from reunite.api.http.fields import Body
from reunite.api.http.json import JSONView, answer
from reunite.api.http.operation import operation
from reunite.api.http.problems import problems
from reunite.api.http.serializers import MAX_ID, Id, NumberParameter, PersonAnswer, person_answer
from reunite.api.persons.evidence import steps_answer
from reunite.api.persons.serializers import StepAnswer
from reunite.conf import reunite_settings
from reunite.core.identify.room import Room
from reunite.core.persons.person import Person
from reunite.services.persons.show import show_orders
from reunite.services.repair.delete import delete_contact
from reunite.services.repair.separate import Separated
from reunite.services.repair.shared import Repaired, Undo, UndoRepair, UndoRestore, UndoRetire

PAGE_LENGTH = 100
REASON_MAX_LENGTH = 1_000
PERSONS_MAX_LISTED = 1_000
AFTER = OpenApiParameter("after", int, default=0, description="A page's `next`.")
OF_PERSON = OpenApiParameter(
    "personId",
    {"type": "integer", "minimum": 1, "maximum": MAX_ID},
    description="Those of one person alone, by the id of any of its contacts.",
)


class Text(serializers.CharField):
    """Text, and nothing that could be read as text."""

    def to_internal_value(self, data: Any) -> str:
        """The text."""
        if not isinstance(data, str):
            self.fail("invalid")
        text: str = super().to_internal_value(data)
        return text


class Flag(serializers.BooleanField):
    """True or false, and nothing that could be read so."""

    def to_internal_value(self, data: Any) -> bool:
        """The truth."""
        if not isinstance(data, bool):
            self.fail("invalid", input=data)
        return data


class Reason(Body):
    """Why, in the operator's words."""

    reason = Text(max_length=REASON_MAX_LENGTH, default="", allow_blank=True, trim_whitespace=False)


class TwoContacts(Reason):
    """A contact of each of two persons."""

    contactIds = serializers.ListField(
        child=Id(), min_length=2, max_length=2, help_text="One contact of each person."
    )


class PageQuery(serializers.Serializer[Any]):
    """Which page."""

    after = NumberParameter(default=0, min_value=0, max_value=MAX_ID)


class PersonPageQuery(PageQuery):
    """Which page, and of which person."""

    personId = NumberParameter(default=None, min_value=1, max_value=MAX_ID, source="contact_id")


class TruncatedPersons(serializers.Serializer[Any]):
    """How many there are where not all are listed."""

    persons = serializers.IntegerField(help_text="How many persons result.")


class UndoAnswer(serializers.Serializer[Any]):
    """The request that takes a repair back, to be sent as it is."""

    method = serializers.ChoiceField(choices=["POST"])
    path = serializers.CharField()
    body = serializers.DictField()


class RepairAnswer(serializers.Serializer[Any]):
    """The persons that result."""

    persons = PersonAnswer(many=True, help_text="Oldest first; empty if nobody is left.")
    truncated = TruncatedPersons(
        required=False,
        help_text=f"Only where more than {PERSONS_MAX_LISTED} persons result.",
    )
    undo = UndoAnswer(
        allow_null=True,
        help_text="The request that takes it back; null if nothing was written.",
    )


class TakenBackAnswer(RepairAnswer):
    """The persons that result, and what still joins what the evidence joined."""

    connectedBy = StepAnswer(
        many=True,
        help_text="The shortest chain between the two ends, as /explain has it; empty if none.",
    )


PERSONS_RESULT = OpenApiResponse(RepairAnswer, description="The persons that result.")
TAKEN_BACK_RESULT = OpenApiResponse(
    TakenBackAnswer, description="The persons that result, and what still joins the ends."
)


class ContactView(JSONView):
    """One contact."""

    @operation(
        operation_id="deleteContact",
        tags=["repair"],
        summary="Delete a contact",
        description=(
            "The contact matches nothing and is listed nowhere any more. Those whom it alone "
            "joined part; if it was the primary, the oldest that is left takes its place. If its "
            "email and its phone number still belong to one person, `connectedBy` says why."
        ),
        responses={200: TAKEN_BACK_RESULT, **problems(404, 410, 503)},
    )
    def delete(self, request: HttpRequest, id: int) -> HttpResponse:
        """Delete it."""
        return taken_back(delete_contact(id, request_id=request_id(request)))


def request_id(request: HttpRequest) -> str | None:
    """The request's own name, or the one that it was given."""
    request_id: str | None = request.META.get("HTTP_X_REQUEST_ID")
    return request_id


def persons_answer(repaired: Repaired | Separated, **more: object) -> HttpResponse:
    """The persons that result, and what takes it back."""
    return answer({**listed_persons(repaired.persons), **more, "undo": undo_answer(repaired.undo)})


def listed_persons(persons: Sequence[Person]) -> dict[str, object]:
    """The members of a RepairAnswer: the oldest persons, with contacts as there is room for."""
    room = Room(reunite_settings().ANSWER_MAX_CONTACTS)
    listed = [
        person_answer(each.first(room.listed(each.size))) for each in persons[:PERSONS_MAX_LISTED]
    ]
    truncated = {"persons": len(persons)}
    is_whole = len(persons) <= PERSONS_MAX_LISTED
    return {"persons": listed} if is_whole else {"persons": listed, "truncated": truncated}


def taken_back(repaired: Repaired) -> HttpResponse:
    """The persons that result, and what still joins the ends."""
    connection = repaired.connected_by
    if connection is None:
        return persons_answer(repaired, connectedBy=[])
    steps = steps_answer(connection.steps, connection.given, show_orders(connection.steps))
    return persons_answer(repaired, connectedBy=steps)


def undo_answer(undo: Undo | None) -> dict[str, object] | None:
    """The JSON of an UndoAnswer."""
    match undo:
        case None:
            return None
        case UndoRepair(repair_id):
            return request_to("undo-repair", repair_id)
        case UndoRetire(email, phone_number):
            return request_to("restore-identifier", **_value(email, phone_number))
        case UndoRestore(email, phone_number):
            return request_to("retire-identifier", **_value(email, phone_number))


def request_to(view: str, *ids: int, **body: object) -> dict[str, object]:
    """The JSON of an UndoAnswer: the request to a view."""
    return {"method": "POST", "path": reverse(view, args=ids), "body": body}


def _value(email: str | None, phone_number: str | None) -> dict[str, object]:
    return {"email": email} if phone_number is None else {"phoneNumber": phone_number}


def next_page(ids: list[int], page_length: int) -> int | None:
    """What the next page comes after; None if this one is the last."""
    return ids[-1] if len(ids) == page_length else None
