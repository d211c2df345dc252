"""Many requests as batches: in chunks of an iteration, or gathered from tasks that run at once."""

import asyncio
from collections.abc import Awaitable, Callable, Iterable, Iterator
from typing import Any, Self, TypeVar

from reunite.client import answers
from reunite.client.calls import given
from reunite.client.errors import ProblemError

T = TypeVar("T")

BATCH = 500
"""How many requests a batch has: all other writes of the workspace wait for a batch."""

_Waiting = tuple[answers.IdentifyRequest, "asyncio.Future[answers.BatchResult]"]


def chunks(values: Iterable[T], size: int) -> Iterator[list[T]]:
    """Lists of so many values, the last one shorter; reads no value before it is needed."""
    chunk: list[T] = []
    for value in values:
        chunk.append(value)
        if len(chunk) == size:
            yield chunk
            chunk = []
    if chunk:
        yield chunk


class Batches:
    """Gathers the requests of tasks for some milliseconds, and sends them as one batch.

    While a batch is on its way, the next one gathers, so a busy server gets larger batches.
    """

    def __init__(
        self,
        send: Callable[[list[answers.IdentifyRequest]], Awaitable[answers.IdentifyBatchAnswer]],
        *,
        gather_seconds: float,
        size: int,
    ) -> None:
        self._send = send
        self._gather_seconds = gather_seconds
        self._size = size
        self._waiting: list[_Waiting] = []
        self._sending: asyncio.Task[None] | None = None

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(self, *_error: object) -> None:
        if self._sending is not None:
            await self._sending

    async def identify(
        self,
        *,
        email: str | None = None,
        phone_number: str | int | None = None,
        verified: list[str] | None = None,
        identifiers: dict[str, Any] | None = None,
    ) -> answers.BatchResult:
        """The result of one request; raises ProblemError if the request is invalid."""
        request: Any = given(
            {
                "email": email,
                "phoneNumber": phone_number,
                "verified": verified,
                "identifiers": identifiers,
            }
        )
        result: asyncio.Future[answers.BatchResult] = asyncio.get_running_loop().create_future()
        self._waiting.append((request, result))
        if self._sending is None:
            self._sending = asyncio.create_task(self._send_all())
        answer = await result
        if "problem" in answer:
            raise ProblemError(answer["problem"], request_id="of a batch")
        return answer

    async def _send_all(self) -> None:
        await asyncio.sleep(self._gather_seconds)
        while self._waiting:
            batch = [each for each in self._waiting[: self._size] if not each[1].done()]
            del self._waiting[: self._size]
            if batch:
                await self._send_batch(batch)
        self._sending = None

    async def _send_batch(self, batch: list[_Waiting]) -> None:
        try:
            answer = await self._send([request for request, _ in batch])
        except Exception as error:  # noqa: BLE001  # Each task gets it.
            for _, result in batch:
                if not result.done():
                    result.set_exception(error)
            return
        for (_, result), found in zip(batch, answer["results"], strict=True):
            if not result.done():
                result.set_result(found)
