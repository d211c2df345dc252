"""After an erasure over HTTP: nothing in the database's file, in the log, or in a problem."""

import asyncio
import random
from collections.abc import Iterator
from pathlib import Path

import aiohttp
import pytest

from tests.server import Server, running_server

ORDERS = 400
SECRETS = (b"ecret-", b"4155550100")


@pytest.fixture
def server(tmp_path: Path) -> Iterator[Server]:
    with running_server(tmp_path, WORKERS="2") as server:
        yield server


async def erase_among_others(url: str) -> list[str]:
    """Erase a person that came among others; what was answered after that."""
    emails = [f"{random.getrandbits(64):x}@x.example" for _ in range(ORDERS)]
    orders = [{"email": each, "phoneNumber": each[:12]} for each in emails]
    orders += [{"email": f"Secret-{n}@x.example", "phoneNumber": "(415) 5550100"} for n in range(9)]
    orders.append({"email": "secret-merged@x.example", "phoneNumber": "77"})
    orders.append({"email": "secret-merged@x.example", "phoneNumber": "4155550100"})
    random.shuffle(orders)
    async with aiohttp.ClientSession(url) as session:
        for order in orders:
            async with session.post("/identify", json=order) as response:
                assert response.status == 200
        person = {"email": "secret-1@x.example"}
        async with session.post("/identify", json=person) as response:
            id = (await response.json())["contact"]["primaryContactId"]
        async with session.post(f"/persons/{id}/erase") as response:
            assert response.status == 200
        answers = []
        for path in (f"/persons/{id}", f"/persons/{id}/export", f"/persons/{id}/history"):
            async with session.get(path) as response:
                answers.append(await response.text())
                assert response.status == 410
        return answers


def test_neither_files_nor_logs_nor_problems_hold_anything_of_an_erased_person(server, tmp_path):
    answers = asyncio.run(erase_among_others(server.url))

    files = tmp_path.glob("*.sqlite3*")
    kept = [*map(str.encode, answers), server.log.encode(), *(each.read_bytes() for each in files)]
    for each in kept:
        assert not [secret for secret in SECRETS if secret in each]
    assert server.check().returncode == 0
