"""The change feed for followers: a snapshot of all contacts, and the events since."""

from typing import Any

from django.http import HttpRequest, HttpResponse
from drf_spectacular.utils import OpenApiParameter
from rest_framework import serializers

from reunite.api.http.access import take_rows
from reunite.api.http.fields import NumberParameter
from reunite.api.http.json import JSONView, answer, query
from reunite.api.http.lines import LINES, lines_answer, wants_lines
from reunite.api.http.operation import JSON, operation
from reunite.api.http.pages import members
from reunite.api.http.scope import scope_of
from reunite.api.http.waiting import MAX_SECONDS, wait
from reunite.api.persons.evidence import event_answer
from reunite.api.persons.serializers import EventAnswer
from reunite.core.access.callers import KeyScope
from reunite.core.identifiers.kinds import KINDS, ORDER
from reunite.core.ids import MAX_ID
from reunite.services.feed.read import read_events
from reunite.services.feed.snapshot import read_snapshot

PAGE_LENGTH = 100
PAGE_MAX_LENGTH = 1_000
SNAPSHOT_LENGTH = 1_000
SNAPSHOT_MAX_LENGTH = 10_000
_FEED_ID_MAX_LENGTH = 64
_FEED_ID_HELP = "The id of the feed. It changes when the database is restored: begin anew."
_FEED_ID = OpenApiParameter(
    "feedId",
    str,
    description="The `feedId` that came with the number. 410 if the feed has another id by now.",
)
_FEED_ID_HEADER = OpenApiParameter(
    "Reunite-Feed-Id",
    str,
    OpenApiParameter.HEADER,
    response=[200],
    description="The `feedId`, also of an answer in lines.",
)
_RESTARTED = (410, "The feed does not go on from there: take a snapshot.")


class FeedIdParameter(serializers.CharField):
    """The id of the feed of a number."""

    def __init__(self) -> None:
        super().__init__(source="feed_id", default=None, max_length=_FEED_ID_MAX_LENGTH)


class EventsQuery(serializers.Serializer[Any]):
    """Which events."""

    after = NumberParameter(default=0, min_value=0, max_value=MAX_ID)
    limit = NumberParameter(default=PAGE_LENGTH, min_value=1, max_value=PAGE_MAX_LENGTH)
    wait = NumberParameter(default=0, min_value=0, max_value=MAX_SECONDS)
    feedId = FeedIdParameter()


class FeedEventAnswer(EventAnswer):
    """An event, and its number."""

    def get_fields(self) -> dict[str, Any]:
        """The number, and the fields of an event."""
        number = serializers.IntegerField(
            help_text="The number in the feed: from 1 on, without gaps."
        )
        return {"number": number, **super().get_fields()}


class EventsAnswer(serializers.Serializer[Any]):
    """A page of the feed."""

    events = FeedEventAnswer(many=True, help_text="The next events, by number.")
    next = serializers.IntegerField(help_text="The next page's `after`.")
    last = serializers.IntegerField(help_text="The last number so far.")
    feedId = serializers.CharField(help_text=_FEED_ID_HELP)


class SnapshotQuery(serializers.Serializer[Any]):
    """Which contacts."""

    after = NumberParameter(default=0, min_value=0, max_value=MAX_ID)
    limit = NumberParameter(default=SNAPSHOT_LENGTH, min_value=1, max_value=SNAPSHOT_MAX_LENGTH)
    feedId = FeedIdParameter()


class MemberAnswer(serializers.Serializer[Any]):
    """A contact, and the person that it belongs to."""

    contactId = serializers.IntegerField()
    personId = serializers.IntegerField()
    email = serializers.CharField(allow_null=True, help_text="As given.")
    phoneNumber = serializers.CharField(allow_null=True, help_text="As given.")
    createdAt = serializers.DateTimeField()
    identifiers = serializers.DictField(
        child=serializers.ListField(child=serializers.CharField()),
        required=False,
        help_text="The values of declared kinds as given, by kind, if there are some.",
    )


class SnapshotHead(serializers.Serializer[Any]):
    """The head of a page."""

    number = serializers.IntegerField(
        help_text="The page has events up to this number. Go on after the number of the first page."
    )
    next = serializers.IntegerField(allow_null=True, help_text="The next page's `after`.")
    feedId = serializers.CharField(help_text=_FEED_ID_HELP)


class SnapshotAnswer(SnapshotHead):
    """A page of a snapshot."""

    contacts = MemberAnswer(many=True, help_text="By id. A page may hold few contacts, or none.")


class SnapshotLine(serializers.Serializer[Any]):
    """The first line is a SnapshotHead, every other one a MemberAnswer."""

    def get_fields(self) -> dict[str, Any]:
        """The fields of both; a line has one set of them."""
        fields = {**SnapshotHead().get_fields(), **MemberAnswer().get_fields()}
        for each in fields.values():
            each.required = False
        return fields


class EventsView(JSONView):
    """The change feed."""

    @operation(
        "listEvents",
        "List the events after a number",
        needs=(KeyScope.FEED,),
        tag="feed",
        description=(
            "Every event gets its number after its transaction is committed. Numbers have no gaps, "
            "and no event ever appears below a number that was read."
        ),
        parameters=[
            OpenApiParameter("after", int, default=0, description="The last number that you have."),
            OpenApiParameter(
                "limit", int, default=PAGE_LENGTH, description=f"At most {PAGE_MAX_LENGTH}."
            ),
            OpenApiParameter(
                "wait",
                int,
                default=0,
                description=(
                    "How many seconds to wait for an event if there is none yet, up to "
                    f"{MAX_SECONDS}. The answer may come earlier, without an event."
                ),
            ),
            _FEED_ID,
            _FEED_ID_HEADER,
        ],
        answer={
            JSON: (EventsAnswer, "A page."),
            LINES: (FeedEventAnswer, "An event in each line, if the client accepts lines."),
        },
        problems=(_RESTARTED,),
    )
    def get(self, request: HttpRequest) -> HttpResponse:
        """A page of it."""
        wanted = EventsQuery().run_validation(query(request))
        seconds = wanted.pop("wait")
        page = read_events(scope_of(request.META), **wanted)
        if not page.events:
            wait(request, seconds)
        events = [{"number": each.number, **event_answer(each.happened)} for each in page.events]
        if wants_lines(request):
            return lines_answer(events, Reunite_Feed_Id=page.feed_id)
        next = page.events[-1].number if page.events else wanted["after"]
        told = {"events": events, "next": next, "last": page.last, "feedId": page.feed_id}
        return answer(told, Reunite_Feed_Id=page.feed_id)


class SnapshotView(JSONView):
    """All contacts with their persons."""

    @operation(
        "takeSnapshot",
        "List all contacts with their persons, in pages",
        needs=(KeyScope.FEED,),
        tag="feed",
        description=(
            "A follower begins here: it reads all pages, then goes on with the events after "
            "the `number` of the first page."
        ),
        parameters=[
            OpenApiParameter("after", int, default=0, description="A page's `next`."),
            OpenApiParameter(
                "limit", int, default=SNAPSHOT_LENGTH, description=f"At most {SNAPSHOT_MAX_LENGTH}."
            ),
            _FEED_ID,
            _FEED_ID_HEADER,
        ],
        answer={
            JSON: (SnapshotAnswer, "A page."),
            LINES: (SnapshotLine, "The same in lines, if the client accepts lines."),
        },
        problems=(_RESTARTED,),
    )
    def get(self, request: HttpRequest) -> HttpResponse:
        """A page of it."""
        wanted = SnapshotQuery().run_validation(query(request))
        take_rows(request.META, wanted["limit"])
        page = read_snapshot(scope_of(request.META), **wanted)
        head = members(SnapshotHead, page)
        contacts = list(map(_member_answer, page.members))
        if wants_lines(request):
            return lines_answer([head, *contacts], Reunite_Feed_Id=page.feed_id)
        return answer({**head, "contacts": contacts}, Reunite_Feed_Id=page.feed_id)


def _member_answer(member: Any) -> dict[str, object]:
    """The JSON of a MemberAnswer."""
    declared = {"identifiers": member.identifiers} if member.identifiers else {}
    given = {KINDS[kind].field: each for kind, each in zip(ORDER, member.given, strict=True)}
    return members(MemberAnswer, member, **given, **declared)
