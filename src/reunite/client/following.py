"""The next request to the change feed, and the meaning of its answer."""

import time
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any, cast

from reunite.client import answers
from reunite.client.calls import Call

PATIENCE_SECONDS = 3_600.0
_EVENTS, _CONTACTS = 1_000, 1_000
_WAIT_SECONDS = 30
_PAUSE_SECONDS = 1.0
_SILENT_SECONDS = 60.0
"""A server that says nothing for so long beyond its wait is asked again on another connection."""
_MOVES_NOBODY = {
    *("merge.held", "merge.settled", "merge.reopened", "merge.deferred"),
    *("person.suspicious", "webhook.disabled"),
}


@dataclass(frozen=True, slots=True)
class Position:
    """How far a follower is: the last number of a feed. Store both with your copy."""

    number: int
    feed_id: str


@dataclass(frozen=True, slots=True)
class Contacts:
    """A page of a snapshot: with the first, empty your copy; with the last, store the position."""

    contacts: list[answers.MemberAnswer]
    position: Position
    is_first: bool
    is_last: bool


@dataclass(frozen=True, slots=True)
class Events:
    """The next events, and the position after them."""

    events: list[answers.FeedEventAnswer]
    position: Position


Page = Contacts | Events


@dataclass(frozen=True, slots=True)
class Moves:
    """The effect of an event: contacts that are gone, and the persons of others, by contact."""

    gone: frozenset[int]
    persons: Mapping[int, int]


class Feed:
    """What to ask next. A follower without a position begins with a snapshot."""

    def __init__(self, position: Position | None, *, waits: bool) -> None:
        self._position = position
        self._waits = waits
        self._snapshot: Position | None = None
        self._next_contact = 0
        self._asked_at = 0.0
        self._is_over = False
        self.pause_seconds = 0.0

    def begin_again(self) -> None:
        """Take a snapshot next: events cannot tell how to go on."""
        self._position, self._snapshot, self._next_contact = None, None, 0
        self._is_over = False

    def next_call(self) -> Call[Any] | None:
        """The next request; None at the end."""
        if self._is_over:
            return None
        self._asked_at = time.monotonic()
        if self._position is None:
            query: dict[str, Any] = {"after": self._next_contact, "limit": _CONTACTS}
            if self._snapshot is not None:
                query["feedId"] = self._snapshot.feed_id
            return _asking("/snapshot", query, seconds=_SILENT_SECONDS)
        query = {
            "after": self._position.number,
            "feedId": self._position.feed_id,
            "limit": _EVENTS,
            "wait": _WAIT_SECONDS if self._waits else 0,
        }
        return _asking("/events", query, seconds=_SILENT_SECONDS + query["wait"])

    def take(self, answer: Any) -> Page | None:
        """The page in the answer to the last request; None if there is nothing new."""
        self.pause_seconds = 0.0
        if self._position is None:
            return self._contacts(cast("answers.SnapshotAnswer", answer))
        return self._events(cast("answers.EventsAnswer", answer))

    def _contacts(self, answer: answers.SnapshotAnswer) -> Contacts:
        is_first = self._snapshot is None
        # Events tell of all changes since the first page.
        position = self._snapshot or Position(answer["number"], answer["feedId"])
        self._snapshot = position
        if answer["next"] is None:
            self._position = position
        else:
            self._next_contact = answer["next"]
        return Contacts(answer["contacts"], position, is_first, answer["next"] is None)

    def _events(self, answer: answers.EventsAnswer) -> Events | None:
        if not answer["events"]:
            self._is_over = not self._waits
            # A server with too many followers that wait answers at once.
            if self._waits and time.monotonic() - self._asked_at < _PAUSE_SECONDS:
                self.pause_seconds = _PAUSE_SECONDS
            return None
        self._position = Position(answer["next"], answer["feedId"])
        return Events(answer["events"], self._position)


def _asking(path: str, query: Mapping[str, Any], *, seconds: float) -> Call[Any]:
    return Call("GET", path, query=query, repeats=True, attempt_seconds=seconds)


def moves(event: answers.FeedEventAnswer) -> Moves | None:
    """Where contacts belong after an event. None if a new snapshot is needed to know.

    That is so after a load into an empty workspace, and for types of later versions of Reunite.
    """
    payload = event["payload"]
    match event["type"]:
        case "contact.created":
            return Moves(frozenset(), {payload["contactId"]: event["personId"]})
        case "person.merged":
            return Moves(frozenset(), dict.fromkeys(payload["contactIds"], event["personId"]))
        case type if type in _MOVES_NOBODY:
            return Moves(frozenset(), {})
        case _ if "after" in payload:
            persons = dict(_members(payload["after"]))
            before = dict(_members(payload["before"]))
            return Moves(frozenset(before.keys() - persons.keys()), persons)
    return None


def _members(persons: Iterable[Mapping[str, Any]]) -> Iterable[tuple[int, int]]:
    return ((id, each["personId"]) for each in persons for id in each["contactIds"])
