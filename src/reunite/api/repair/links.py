"""The endpoints of links: list, decide, revoke, join by hand."""

from typing import Any

from drf_spectacular.utils import OpenApiParameter
from rest_framework import serializers

from reunite.api.http.fields import Choice, Flag
from reunite.api.http.json import JSONView
from reunite.api.http.pages import (
    AFTER,
    OF_PERSON,
    WHO,
    PersonPageQuery,
    members,
    page_by_get,
    page_form,
)
from reunite.api.persons.evidence import NodeAnswer, node_answer
from reunite.api.repair.shared import (
    TAKEN_BACK_RESULT,
    JoinRequest,
    RepairRequest,
    UndoAnswer,
    of_two,
    repair_by_post,
    request_to,
    taken_back,
)
from reunite.core.access.callers import KeyScope
from reunite.core.repair.regroup import LinkState
from reunite.services.repair.links import (
    ListedLink,
    approve_link,
    defer_link,
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
        help_text="Why it was held: kept_apart, not_verified or too_many_identifiers.",
    )
    reason = serializers.CharField(allow_blank=True)
    requestId = serializers.CharField(allow_null=True)
    importId = serializers.IntegerField(
        allow_null=True, help_text="The import that created the link."
    )
    externalId = serializers.CharField(
        allow_null=True, help_text="The id of the imported order that joined the ends."
    )
    source = serializers.CharField(  # type: ignore[assignment]  # A column's name.
        allow_null=True, help_text="The source of this order."
    )
    createdAt = serializers.DateTimeField()
    decidedAt = serializers.DateTimeField(allow_null=True)
    decidedBy = serializers.CharField(
        allow_null=True, help_text="Who approved, rejected, revoked or restored the link. " + WHO
    )
    deferredAt = serializers.DateTimeField(
        allow_null=True, help_text="When a reviewer was unsure; `reason` is the note."
    )
    deferredBy = serializers.CharField(
        allow_null=True, help_text="The reviewer who was unsure. " + WHO
    )
    ends = NodeAnswer(
        many=True, help_text="Its ends: two identifiers in canonical form, or two contacts."
    )
    personIds = serializers.ListField(
        child=serializers.IntegerField(allow_null=True),
        help_text="The person at each end; null where no contact carries the identifier any more.",
    )
    undo = UndoAnswer(
        allow_null=True,
        help_text="The request that undoes the decision on the link; null while it is held.",
    )


LinksAnswer = page_form("LinksAnswer", "links", LinkAnswer)


class LinkRequest(RepairRequest):
    """Why a link is not to count."""

    keepApart = Flag(
        source="keep_apart", default=False, help_text="Also keep its two persons apart."
    )


def _answer(link: ListedLink) -> dict[str, object]:
    ends = [node_answer(end, {} if isinstance(end, int) else {end: end.key}) for end in link.ends]
    return members(LinkAnswer, link, ends=ends, undo=_undo(link))


def _undo(link: ListedLink) -> dict[str, object] | None:
    match link.state:
        case "live" | "suspended":
            return request_to("revoke-link", link.id)
        case "revoked" | "rejected":
            return request_to("restore-link", link.id)
        case _:
            return None


_REPAIRED = (
    "Two persons again",
    {
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

    get = page_by_get(
        list_links,
        LinksAnswer,
        _answer,
        name="listLinks",
        summary="List links",
        query_form=LinksQuery,
        parameters=[
            OpenApiParameter("state", str, enum=LINK_STATES, default=LINK_STATES[0]),
            OF_PERSON,
            AFTER,
        ],
        problems=(404, 410),
        needs=(KeyScope.READ,),
        tag="repair",
    )
    post = repair_by_post(
        of_two(join),
        name="join",
        summary="Join two persons by hand",
        description=(
            "Links the two contacts, also without a common identifier. Revoking the link parts "
            "them."
        ),
        request=JoinRequest,
        problems=(404, 409, 410, 413),
        example=(
            "The same person twice",
            {"contactIds": [11, 27], "reason": "Called and told us."},
        ),
    )


class RevokeLinkView(JSONView):
    """Take a link back."""

    post = repair_by_post(
        revoke_link,
        name="revokeLink",
        summary="Revoke a link",
        description=(
            "Persons that only this link joined part again, also after later merges. If other "
            "evidence still joins the ends, one person results, and `connectedBy` is this "
            "evidence. With `keepApart` the same request does not join the persons again. Revoking "
            "a revoked link changes nothing, but `keepApart` keeps the persons apart. A link that "
            "does not count cannot be revoked."
        ),
        request=LinkRequest,
        answer=TAKEN_BACK_RESULT,
        show=taken_back,
        answer_example=_REPAIRED,
    )


class RestoreLinkView(JSONView):
    """Take a decision on a link back."""

    post = repair_by_post(
        restore_link,
        name="restoreLink",
        summary="Restore a link that was revoked or rejected",
        description=(
            "A revoked link counts again and joins its ends, unless a separation keeps them apart. "
            "A rejected link waits for review again. Restoring the link again changes nothing."
        ),
        request=RepairRequest,
    )


class ApproveLinkView(JSONView):
    """Let a held merge happen."""

    post = repair_by_post(
        approve_link,
        name="approveLink",
        summary="Approve a held link",
        description=(
            "The link counts from now on, and its two persons become one, unless a separation "
            "keeps them apart. Approving the link again changes nothing."
        ),
        request=RepairRequest,
    )


class RejectLinkView(JSONView):
    """Let a held merge not happen."""

    post = repair_by_post(
        reject_link,
        name="rejectLink",
        summary="Reject a held link",
        description=(
            "The persons do not change. While the link is rejected, no request joins them or is "
            "held again. With `keepApart` operators cannot join them either. Rejecting a rejected "
            "link changes nothing, but `keepApart` keeps the persons apart."
        ),
        request=LinkRequest,
    )


class DeferLinkView(JSONView):
    """Leave a held merge to others."""

    post = repair_by_post(
        defer_link,
        name="deferLink",
        summary="Say that you are unsure about a held link",
        description=(
            "The link stays held, and reviewers see it after all others, with the reason as a note "
            "and who wrote it. Deferring the link again replaces the note."
        ),
        request=RepairRequest,
        example=("Not sure", {"reason": "Called, no answer."}),
    )
