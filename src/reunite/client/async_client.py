"""A client for asyncio."""

import asyncio
import ssl
from collections.abc import AsyncIterator, Iterable
from typing import Literal, Self, TypeVar, Unpack
from uuid import uuid4

import httpx2

from reunite.client import answers
from reunite.client.async_operations import AsyncOperations
from reunite.client.attempts import Attempts
from reunite.client.batches import BATCH, Batches, chunks
from reunite.client.calls import Call, Options
from reunite.client.connections import NOT_SENT, answer_of, async_parts_of, headers_of, timeout_of
from reunite.client.errors import ClientError, Gone
from reunite.client.following import PATIENCE_SECONDS, Feed, Page, Position

T = TypeVar("T")


class AsyncClient(AsyncOperations):
    """Connections to a server, for the tasks of an event loop.

        async with AsyncClient("https://reunite.example", key="ru_…") as client:
            answer = await client.identify(email="mcfly@hillvalley.edu")

    The arguments and the errors are those of ``Client``.
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
        self._http = httpx2.AsyncClient(base_url=url, headers=headers_of(key), verify=verify)
        self.close = self._http.aclose

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(self, *_error: object) -> None:
        await self.close()

    async def send(self, call: Call[T], **options: Unpack[Options]) -> T:
        """Send a call until it is answered or its time is over."""
        seconds = options.get("deadline_seconds", call.deadline_seconds(self._deadline_seconds))
        request_id = options.get("request_id", uuid4().hex)
        attempts = Attempts(call, seconds)
        while True:
            try:
                return await self._attempt(call, attempts, request_id)
            except ClientError as error:
                await asyncio.sleep(attempts.pause_after(error))

    async def _attempt(self, call: Call[T], attempts: Attempts, request_id: str) -> T:
        try:
            async with asyncio.timeout(attempts.attempt_seconds):
                response = await self._http.request(
                    call.method,
                    call.path,
                    params=dict(call.query),
                    content=call.content if call.file is None else async_parts_of(call.file),
                    headers=call.headers(request_id),
                    timeout=timeout_of(attempts),
                )
        except (httpx2.RequestError, TimeoutError) as error:
            raise attempts.no_answer(
                error, was_sent=not isinstance(error, NOT_SENT), request_id=request_id
            ) from error
        return answer_of(call, response, response.content, request_id)

    def batches(
        self,
        *,
        gather_seconds: float = 0.005,
        decisions: bool = False,
        size: int = BATCH,
        **options: Unpack[Options],
    ) -> Batches:
        """Gather requests of tasks that run at once: each ``identify`` gets its own result.

        async with client.batches() as batches:
            results = await asyncio.gather(*(batches.identify(**each) for each in orders))
        """
        include: Literal["decision"] | None = "decision" if decisions else None
        return Batches(
            lambda requests: self.identify_batch(requests=requests, include=include, **options),
            gather_seconds=gather_seconds,
            size=size,
        )

    async def identify_many(
        self,
        requests: Iterable[answers.IdentifyRequest],
        *,
        decisions: bool = False,
        size: int = BATCH,
        **options: Unpack[Options],
    ) -> AsyncIterator[answers.BatchResult]:
        """Identify any number of requests, in batches of ``size``: a result for each, in order.

        A result has ``contact`` and ``outcome``, or ``problem`` if the request is invalid.
        """
        include: Literal["decision"] | None = "decision" if decisions else None
        for chunk in chunks(requests, size):
            answer = await self.identify_batch(requests=chunk, include=include, **options)
            for result in answer["results"]:
                yield result

    def follow(
        self, position: Position | None = None, *, until_now: bool = False
    ) -> "AsyncFollowing":
        """The changes of all persons after a position, as ``Client.follow``."""
        return AsyncFollowing(self, Feed(position, waits=not until_now))


class AsyncFollowing:
    """An iteration over the pages of the feed."""

    def __init__(self, client: AsyncClient, feed: Feed) -> None:
        self._client = client
        self._feed = feed
        self.begin_again = feed.begin_again

    async def __aiter__(self) -> AsyncIterator[Page]:
        while (call := self._feed.next_call()) is not None:
            try:
                answer = await self._client.send(call, deadline_seconds=PATIENCE_SECONDS)
            except Gone:
                self._feed.begin_again()
                continue
            page = self._feed.take(answer)
            if page is not None:
                yield page
            await asyncio.sleep(self._feed.pause_seconds)
