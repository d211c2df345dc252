"""The endpoints of links: list them, decide on them, take them back, join by hand."""

from typing import Any

from django.http import HttpRequest, HttpResponse
from drf_spectacular.utils import OpenApiExample, OpenApiParameter, OpenApiResponse
from rest_framework import serializers

from reunite.api.http.fields import Choice, Flag
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
    TAKEN_BACK_RESULT,
    Reason,
    TwoContacts,
    UndoAnswer,
    persons_answer,
    request_to,
    taken_back,
)
from reunite.core.repair.settle import LinkState
from reunite.services.repair.links import (
    ListedLink,
    approve_link,
    join,
    list_links,
    reject_link,
    restore_link,
    revoke_link,
)

LINK_STATES = [each.value for each in LinkState]


class LinksQuery(PersonPageQuery):
    """Which links."""

    state = Choice(LINK_STATES, default=LINK_STATES[0])


class LinkAnswer(serializers.Serializer[Any]):
    """A link: a request joined two identifiers, or an operator two contacts."""

    id = serializers.IntegerField()
    origin = serializers.ChoiceField(choices=["request", "operator"])
    state = serializers.ChoiceField(choices=LINK_STATES)
    heldFor = serializers.CharField(
        allow_null=True,
        help_text="What stopped the merge: kept_apart, not_verified or too_many_identifiers.",
    )
    reason = serializers.CharField(allow_blank=True)
    requestId = serializers.CharField(allow_null=True)
    importId = serializers.IntegerField(allow_null=True, help_text="The import that brought it.")
    externalId = serializers.CharField(
        allow_null=True, help_text="The own id of the order by which an import joined them."
    )
    source = serializers.CharField(  # type: ignore[assignment]  # A column's name.
        allow_null=True, help_text="Where that order came from."
    )
    createdAt = serializers.DateTimeField()
    decidedAt = serializers.DateTimeField(allow_null=True)
    personIds = serializers.ListField(
        child=serializers.IntegerField(allow_null=True),
        help_text="The person at each end; null where no contact carries the identifier any more.",
    )
    undo = UndoAnswer(
        allow_null=True,
        help_text="The request that takes back what was decided on it, null while it is held.",
    )


class LinksAnswer(serializers.Serializer[Any]):
    """A page of links."""

    links = LinkAnswer(many=True)
    next = serializers.IntegerField(allow_null=True, help_text="The next page's `after`.")


class LinkRequest(Reason):
    """Why a link is not to count."""

    keepApart = Flag(default=False, help_text="Also keep its two persons apart.")


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
        ],
        "connectedBy": [],
        "undo": {"method": "POST", "path": "/repairs/1/undo", "body": {}},
    },
)


class LinksView(JSONView):
    """The links between identifiers that no contact carries together."""

    @operation(
        operation_id="listLinks",
        tags=["repair"],
        summary="List links",
        parameters=[
            OpenApiParameter("state", str, enum=LINK_STATES, default=LINK_STATES[0]),
            OF_PERSON,
            AFTER,
        ],
        responses={
            200: OpenApiResponse(LinksAnswer, description=f"Up to {PAGE_LENGTH}, by id."),
            **problems(400, 404, 410, 503),
        },
    )
    def get(self, request: HttpRequest) -> HttpResponse:
        """A page of them."""
        wanted = LinksQuery().run_validation(query(request))
        return page_answer(scope_of(request.META), "links", list_links, _answer, **wanted)

    @operation(
        operation_id="join",
        tags=["repair"],
        summary="Join two persons by hand",
        description="Links the two contacts, whatever they carry; revoking the link parts them.",
        request=TwoContacts,
        responses={200: PERSONS_RESULT, **problems(400, 404, 409, 410, 413, 415, 503)},
        examples=[
            OpenApiExample(
                "The same person twice",
                request_only=True,
                value={"contactIds": [11, 27], "reason": "Called and told us."},
            )
        ],
    )
    def post(self, request: HttpRequest) -> HttpResponse:
        """Join them."""
        scope = scope_of(request.META)
        wanted = TwoContacts().run_validation(body(request))
        repaired = join(scope, *wanted["contactIds"], reason=wanted["reason"])
        return persons_answer(scope, repaired)


class RevokeLinkView(JSONView):
    """Take a link back."""

    @operation(
        operation_id="revokeLink",
        tags=["repair"],
        summary="Revoke a link",
        description=(
            "What the link alone joined parts again, whatever was merged since. If other evidence "
            "still joins its ends, one person results, and `connectedBy` says which. With "
            "`keepApart` the same request does not join them again. Revoking it again changes "
            "nothing, but with `keepApart` the persons are kept apart if they were not. A link "
            "that does not count cannot be revoked."
        ),
        request=LinkRequest,
        responses={200: TAKEN_BACK_RESULT, **problems(400, 404, 409, 413, 415, 503)},
        examples=[_REPAIRED],
    )
    def post(self, request: HttpRequest, id: int) -> HttpResponse:
        """Revoke it."""
        scope = scope_of(request.META)
        wanted = LinkRequest().run_validation(body(request))
        revoked = revoke_link(scope, id, reason=wanted["reason"], keep_apart=wanted["keepApart"])
        return taken_back(scope, revoked)


class RestoreLinkView(JSONView):
    """Take a decision on a link back."""

    @operation(
        operation_id="restoreLink",
        tags=["repair"],
        summary="Restore a link that was revoked or rejected",
        description=(
            "A revoked link counts again, and what it joins is one person again; but not while "
            "that is kept apart. A rejected one waits for review again. Restoring it again changes "
            "nothing."
        ),
        request=Reason,
        responses={200: PERSONS_RESULT, **problems(400, 404, 409, 413, 415, 503)},
    )
    def post(self, request: HttpRequest, id: int) -> HttpResponse:
        """Restore it."""
        scope = scope_of(request.META)
        wanted = Reason().run_validation(body(request))
        restored = restore_link(scope, id, reason=wanted["reason"])
        return persons_answer(scope, restored)


class ApproveLinkView(JSONView):
    """Let a held merge happen."""

    @operation(
        operation_id="approveLink",
        tags=["repair"],
        summary="Approve a held link",
        description=(
            "The link counts from now on, and its two persons become one, whatever held it; but "
            "not while they are kept apart. Approving it again changes nothing."
        ),
        request=Reason,
        responses={200: PERSONS_RESULT, **problems(400, 404, 409, 413, 415, 503)},
    )
    def post(self, request: HttpRequest, id: int) -> HttpResponse:
        """Approve it."""
        scope = scope_of(request.META)
        wanted = Reason().run_validation(body(request))
        approved = approve_link(scope, id, reason=wanted["reason"])
        return persons_answer(scope, approved)


class RejectLinkView(JSONView):
    """Let a held merge not happen."""

    @operation(
        operation_id="rejectLink",
        tags=["repair"],
        summary="Reject a held link",
        description=(
            "The persons stay as they are. While the link stays rejected, no request joins them or "
            "is held again; with `keepApart` nothing else joins them either. Rejecting it again "
            "changes nothing, but with `keepApart` the persons are kept apart if they were not."
        ),
        request=LinkRequest,
        responses={200: PERSONS_RESULT, **problems(400, 404, 409, 413, 415, 503)},
    )
    def post(self, request: HttpRequest, id: int) -> HttpResponse:
        """Reject it."""
        scope = scope_of(request.META)
        wanted = LinkRequest().run_validation(body(request))
        rejected = reject_link(scope, id, reason=wanted["reason"], keep_apart=wanted["keepApart"])
        return persons_answer(scope, rejected)


def _answer(link: ListedLink) -> dict[str, object]:
    return members(LinkAnswer, link, undo=_undo(link))


def _undo(link: ListedLink) -> dict[str, object] | None:
    match link.state:
        case "live" | "suspended":
            return request_to("revoke-link", link.id)
        case "revoked" | "rejected":
            return request_to("restore-link", link.id)
        case _:
            return None
