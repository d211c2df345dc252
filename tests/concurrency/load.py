"""Many requests at once over HTTP, and what came back."""

import asyncio
from collections.abc import Awaitable, Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import NamedTuple

import aiohttp

CONNECTIONS = 48
_TIMEOUT = aiohttp.ClientTimeout(total=60)


class Request(NamedTuple):
    """Contact details as they are sent, alone or in a batch; None is left out."""

    email: str | None
    phone: str | None

    @property
    def identifiers(self) -> frozenset[tuple[str, str]]:
        """What it should be known by: the spellings that tests use differ in these ways alone."""
        return identifiers_of(self.email, self.phone)

    @property
    def body(self) -> dict[str, str]:
        fields = (("email", self.email), ("phoneNumber", self.phone))
        return {name: value for name, value in fields if value is not None}


def identifiers_of(email: str | None, phone: str | None) -> frozenset[tuple[str, str]]:
    emails = set() if email is None else {("email", email.lower())}
    phones = set() if phone is None else {("phone", "".join(filter(str.isdigit, phone)))}
    return frozenset(emails | phones)


@dataclass(frozen=True, slots=True)
class Answer:
    """What a request led to; without a status the connection broke before the answer."""

    request: Request
    status: int | None = None
    headers: Mapping[str, str] = field(default_factory=dict)
    body: dict = field(default_factory=dict)

    @property
    def outcome(self) -> str | None:
        return self.headers.get("Reunite-Outcome")

    @property
    def contact_ids(self) -> list[int]:
        """The ids of all contacts of the person, the primary's first."""
        contact = self.body["contact"]
        return [contact["primaryContactId"], *contact["secondaryContactIds"]]

    @property
    def identifiers(self) -> list[tuple[str, str]]:
        """All that the answer says of the person, in canonical form."""
        contact = self.body["contact"]
        emails = [identifiers_of(email, None) for email in contact["emails"]]
        phones = [identifiers_of(None, phone) for phone in contact["phoneNumbers"]]
        return [identifier for (identifier,) in emails + phones]


def send_at_once(url: str, requests: Iterable[Request | list[Request]]) -> list[Answer]:
    """Send requests and batches in this order, as many at a time as there are connections."""
    return asyncio.run(_send(url, iter(requests)))


def send_until(
    url: str, requests: Iterable[Request], interrupt: Callable[[], object], *, after_seconds: float
) -> list[Answer]:
    """Send until the requests are over or the server is gone; call ``interrupt`` meanwhile."""

    async def interrupt_later() -> None:
        await asyncio.sleep(after_seconds)
        await asyncio.to_thread(interrupt)

    return asyncio.run(_send(url, iter(requests), interrupt_later))


async def _send(
    url: str,
    requests: Iterator[Request | list[Request]],
    meanwhile: Callable[[], Awaitable[None]] | None = None,
) -> list[Answer]:
    answers: list[Answer] = []
    connector = aiohttp.TCPConnector(limit=CONNECTIONS)
    async with aiohttp.ClientSession(url, connector=connector, timeout=_TIMEOUT) as session:
        # All connections are open before the first request, so that none arrives ahead.
        await asyncio.gather(*(_open(session) for _ in range(CONNECTIONS)))
        clients = [_client(session, requests, answers) for _ in range(CONNECTIONS)]
        await asyncio.gather(*clients, *([meanwhile()] if meanwhile else []))
    return answers


async def _open(session: aiohttp.ClientSession) -> None:
    async with session.get("/healthz") as response:
        await response.read()


async def _client(
    session: aiohttp.ClientSession,
    requests: Iterator[Request | list[Request]],
    answers: list[Answer],
) -> None:
    """One client: it sends the next request when it has the answer to the one before."""
    for request in requests:
        try:
            if isinstance(request, list):
                answers.extend(await _send_batch(session, request))
            else:
                answers.append(await _send_one(session, request))
        except aiohttp.ClientError:
            answers.append(Answer(request))
            return


async def _send_one(session: aiohttp.ClientSession, request: Request) -> Answer:
    async with session.post("/identify", json=request.body) as response:
        body = await response.json(content_type=None)
        return Answer(request, response.status, response.headers, body)


async def _send_batch(session: aiohttp.ClientSession, requests: list[Request]) -> list[Answer]:
    """The answers that the requests would have had on their own."""
    body = {"requests": [request.body for request in requests]}
    async with session.post("/identify/batch", json=body) as response:
        answer = await response.json(content_type=None)
        if response.status != 200:
            return [Answer(each, response.status, {}, answer) for each in requests]
        return [
            Answer(each, 200, {"Reunite-Outcome": result["outcome"]}, result)
            for each, result in zip(requests, answer["results"], strict=True)
        ]
