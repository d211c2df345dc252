"""The endpoints that take evidence back or add it by hand."""

from typing import Any

from django.http import HttpResponse
from drf_spectacular.utils import OpenApiExample, OpenApiParameter, OpenApiResponse, extend_schema
from rest_framework import serializers
from rest_framework.request import Request

from reunite.api.json import JSONView, answer, query
from reunite.api.problems import problems
from reunite.api.serializers import MAX_ID, Id, PersonAnswer, person_answer
from reunite.services.delete import delete_contact
from reunite.services.links import LINK_STATES, join, list_links, revoke_link
from reunite.services.repair import Repaired

REASON_MAX_LENGTH = 1_000
LINKS_PAGE_LENGTH = 100


class Text(serializers.CharField):
    """Text, and nothing that could be read as text."""

    def to_internal_value(self, data: Any) -> str:
        """The text."""
        if not isinstance(data, str):
            self.fail("invalid")
        text: str = super().to_internal_value(data)
        return text


class Reason(serializers.Serializer[Any]):
    """Why, in the operator's words."""

    reason = Text(max_length=REASON_MAX_LENGTH, default="", allow_blank=True, trim_whitespace=False)


class JoinRequest(Reason):
    """Two contacts that are one person."""

    contactIds = serializers.ListField(
        child=Id(), min_length=2, max_length=2, help_text="One contact of each person."
    )


class RepairAnswer(serializers.Serializer[Any]):
    """The persons that result."""

    persons = PersonAnswer(many=True, help_text="Oldest first; empty if nobody is left.")


class LinksQuery(serializers.Serializer[Any]):
    """Which links."""

    state = serializers.ChoiceField(choices=LINK_STATES, default=LINK_STATES[0])
    after = serializers.IntegerField(default=0, min_value=0, max_value=MAX_ID)


class LinkAnswer(serializers.Serializer[Any]):
    """A link: a request or an operator joined two identifiers."""

    id = serializers.IntegerField()
    origin = serializers.ChoiceField(choices=["request", "operator"])
    state = serializers.ChoiceField(choices=LINK_STATES)
    reason = serializers.CharField(allow_blank=True)
    requestId = serializers.CharField(allow_null=True)
    createdAt = serializers.DateTimeField()
    decidedAt = serializers.DateTimeField(allow_null=True)
    personIds = serializers.ListField(
        child=serializers.IntegerField(allow_null=True),
        help_text="The person at each end; null where no contact carries the identifier any more.",
    )


class LinksAnswer(serializers.Serializer[Any]):
    """A page of links."""

    links = LinkAnswer(many=True)
    next = serializers.IntegerField(allow_null=True, help_text="The next page's `after`.")


_PERSONS_RESULT = OpenApiResponse(RepairAnswer, description="The persons that result.")
_REPAIRED = OpenApiExample(
    "Two persons again",
    response_only=True,
    status_codes=["200"],
    value={
        "persons": [
            {
                "primaryContactId": 11,
                "primaryContatctId": 11,
                "emails": ["george@hillvalley.edu"],
                "phoneNumbers": ["919191"],
                "secondaryContactIds": [],
            },
            {
                "primaryContactId": 27,
                "primaryContatctId": 27,
                "emails": ["biffsucks@hillvalley.edu"],
                "phoneNumbers": ["717171"],
                "secondaryContactIds": [],
            },
        ]
    },
)


class ContactView(JSONView):
    """One contact."""

    @extend_schema(
        operation_id="deleteContact",
        tags=["repair"],
        summary="Delete a contact",
        description=(
            "The contact matches nothing and is listed nowhere any more. Those whom it alone "
            "joined part; if it was the primary, the oldest that is left takes its place."
        ),
        responses={200: _PERSONS_RESULT, **problems(404, 410, 503)},
    )
    def delete(self, request: Request, id: int) -> HttpResponse:
        """Delete it."""
        return _answer(delete_contact(id, request_id=_request_id(request)))


class LinksView(JSONView):
    """The links between identifiers that no contact carries together."""

    @extend_schema(
        operation_id="listLinks",
        tags=["repair"],
        summary="List links",
        parameters=[
            OpenApiParameter("state", str, enum=LINK_STATES, default=LINK_STATES[0]),
            OpenApiParameter("after", int, default=0, description="A page's `next`."),
        ],
        responses={
            200: OpenApiResponse(LinksAnswer, description=f"Up to {LINKS_PAGE_LENGTH}, by id."),
            **problems(400, 503),
        },
    )
    def get(self, request: Request) -> HttpResponse:
        """A page of them."""
        wanted = LinksQuery().run_validation(query(request))
        links = list_links(**wanted, limit=LINKS_PAGE_LENGTH)
        return answer(
            {
                "links": [
                    {
                        "id": link.id,
                        "origin": link.origin,
                        "state": link.state,
                        "reason": link.reason,
                        "requestId": link.request_id,
                        "createdAt": link.created_at,
                        "decidedAt": link.decided_at,
                        "personIds": link.person_ids,
                    }
                    for link in links
                ],
                "next": links[-1].id if len(links) == LINKS_PAGE_LENGTH else None,
            }
        )

    @extend_schema(
        operation_id="join",
        tags=["repair"],
        summary="Join two persons by hand",
        description="Links an identifier of each contact; revoking the link parts them again.",
        request=JoinRequest,
        responses={200: _PERSONS_RESULT, **problems(400, 404, 409, 410, 413, 415, 503)},
        examples=[
            OpenApiExample(
                "The same person twice",
                request_only=True,
                value={"contactIds": [11, 27], "reason": "Called and told us."},
            )
        ],
    )
    def post(self, request: Request) -> HttpResponse:
        """Join them."""
        wanted = JoinRequest().run_validation(request.data)
        repaired = join(
            *wanted["contactIds"], reason=wanted["reason"], request_id=_request_id(request)
        )
        return _answer(repaired)


class RevokeLinkView(JSONView):
    """Take a link back."""

    @extend_schema(
        operation_id="revokeLink",
        tags=["repair"],
        summary="Revoke a link",
        description=(
            "What the link alone joined parts again, whatever was merged since. If other evidence "
            "still joins its ends, one person results. Revoking it again changes nothing."
        ),
        request=Reason,
        responses={200: _PERSONS_RESULT, **problems(400, 404, 413, 415, 503)},
        examples=[_REPAIRED],
    )
    def post(self, request: Request, id: int) -> HttpResponse:
        """Revoke it."""
        wanted = Reason().run_validation(request.data)
        return _answer(revoke_link(id, reason=wanted["reason"], request_id=_request_id(request)))


def _request_id(request: Request) -> str | None:
    request_id: str | None = request.META.get("HTTP_X_REQUEST_ID")
    return request_id


def _answer(repaired: Repaired) -> HttpResponse:
    return answer({"persons": [person_answer(each) for each in repaired.persons]})
