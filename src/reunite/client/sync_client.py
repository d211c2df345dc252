"""A client whose calls wait for their answers."""

import ssl
import time
from collections.abc import Iterable, Iterator
from typing import Literal, Self, TypeVar, Unpack
from uuid import uuid4

import httpx2

from reunite.client import answers
from reunite.client.attempts import Attempts
from reunite.client.batches import BATCH, chunks
from reunite.client.calls import Call, Options
from reunite.client.connections import NOT_SENT, answer_of, headers_of, parts_of, timeout_of
from reunite.client.errors import ClientError, Gone
from reunite.client.following import PATIENCE_SECONDS, Feed, Page, Position
from reunite.client.operations import Operations

T = TypeVar("T")


class Client(Operations):
    """A connection to a server, for one thread or several.

        with Client("https://reunite.example", key="ru_…") as client:
            answer = client.identify(email="mcfly@hillvalley.edu")

    ``deadline_seconds`` is the time for a call unless the call says otherwise. Each method raises
    the errors of ``reunite.client.errors``. ``verify`` is for certificates of an authority of your
    own.
    """

    def __init__(
        self,
        url: str,
        *,
        key: str | None = None,
        deadline_seconds: float = 30,
        verify: ssl.SSLContext | bool = True,
    ) -> None:
        self._deadline_seconds = deadline_seconds
        self._http = httpx2.Client(base_url=url, headers=headers_of(key), verify=verify)
        self.close = self._http.close

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_error: object) -> None:
        self.close()

    def send(self, call: Call[T], **options: Unpack[Options]) -> T:
        """Send a call until it is answered or its time is over."""
        seconds = options.get("deadline_seconds", call.deadline_seconds(self._deadline_seconds))
        request_id = options.get("request_id", uuid4().hex)
        attempts = Attempts(call, seconds)
        while True:
            try:
                return self._attempt(call, attempts, request_id)
            except ClientError as error:
                time.sleep(attempts.pause_after(error))

    def _attempt(self, call: Call[T], attempts: Attempts, request_id: str) -> T:
        try:
            with self._http.stream(
                call.method,
                call.path,
                params=dict(call.query),
                content=call.content if call.file is None else parts_of(call.file),
                headers=call.headers(request_id),
                timeout=timeout_of(attempts),
            ) as response:
                content = b"".join(self._within(attempts, response.iter_bytes()))
        except httpx2.RequestError as error:
            raise attempts.no_answer(
                error, was_sent=not isinstance(error, NOT_SENT), request_id=request_id
            ) from error
        return answer_of(call, response, content, request_id)

    def _within(self, attempts: Attempts, parts: Iterator[bytes]) -> Iterator[bytes]:
        for part in parts:
            yield part
            if attempts.is_over:
                raise httpx2.ReadTimeout("the answer did not end in time")

    def identify_many(
        self,
        requests: Iterable[answers.IdentifyRequest],
        *,
        decisions: bool = False,
        size: int = BATCH,
        **options: Unpack[Options],
    ) -> Iterator[answers.BatchResult]:
        """Identify any number of requests, in batches of ``size``: a result for each, in order.

        A result has ``contact`` and ``outcome``, or ``problem`` if the request is invalid.
        """
        for chunk in chunks(requests, size):
            include: Literal["decision"] | None = "decision" if decisions else None
            answer = self.identify_batch(requests=chunk, include=include, **options)
            yield from answer["results"]

    def follow(self, position: Position | None = None, *, until_now: bool = False) -> "Following":
        """The changes of all persons after a position, without end.

        Without a position it begins with a snapshot. With ``until_now`` it ends when nothing is
        new. A server that is away or busy is asked again for an hour.
        """
        return Following(self, Feed(position, waits=not until_now))


class Following:
    """An iteration over the pages of the feed."""

    def __init__(self, client: Client, feed: Feed) -> None:
        self._client = client
        self._feed = feed
        self.begin_again = feed.begin_again

    def __iter__(self) -> Iterator[Page]:
        while (call := self._feed.next_call()) is not None:
            try:
                answer = self._client.send(call, deadline_seconds=PATIENCE_SECONDS)
            except Gone:
                self._feed.begin_again()
                continue
            page = self._feed.take(answer)
            if page is not None:
                yield page
            time.sleep(self._feed.pause_seconds)
