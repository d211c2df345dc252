"""Repairs that race requests: whatever was taken back, the persons are those of what is left."""

import asyncio
import random

import aiohttp
import pytest

from tests.concurrency.load import Request, send_at_once
from tests.server import running_server

PERSONS = 8
ROUNDS = 3


@pytest.fixture
def server(tmp_path):
    with running_server(tmp_path, WORKERS="4") as server:
        yield server


def every_pair(round):
    """Requests that bring, and then merge, whatever can be merged."""
    numbers = range(PERSONS)
    return [
        Request(f"{one}.{round}@x.example", f"7{round:03}{other:03}")
        for one in numbers
        for other in numbers
    ]


async def race(url, requests, contact_ids, link_ids):
    """Statuses of repairs that are sent among requests, and of the requests."""
    async with aiohttp.ClientSession(url) as session:

        async def status(method, path, body):
            async with session.request(method, path, json=body) as response:
                return response.status

        repairs = [
            *(("DELETE", f"/contacts/{id}", None) for id in contact_ids),
            *(("POST", f"/links/{id}/revoke", {}) for id in link_ids),
            *(
                ("POST", "/links", {"contactIds": random.sample(contact_ids, 2)})
                for _ in contact_ids
            ),
        ]
        identifies = [("POST", "/identify", request.body) for request in requests]
        batches = [
            ("POST", "/identify/batch", {"requests": [each.body for each in requests[at::9]]})
            for at in range(9)
        ]
        everything = repairs + identifies + batches
        sent = random.sample(everything, len(everything))
        statuses = await asyncio.gather(*(status(*each) for each in sent))
        return dict(zip(map(repr, sent), statuses, strict=True))


def test_repairs_race_requests(server):
    for round in range(ROUNDS):
        requests = every_pair(round)
        answers = send_at_once(server.url, requests)
        contact_ids = sorted({id for answer in answers for id in answer.contact_ids})
        statuses = asyncio.run(race(server.url, requests, contact_ids[::2], range(1, 20)))

        assert set(statuses.values()) <= {200, 404, 410}, statuses
        assert list(statuses.values()).count(200) > len(requests)
        check = server.check()
        assert check.returncode == 0, check.stdout + check.stderr
        assert "Traceback" not in server.log
