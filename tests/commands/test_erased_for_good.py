"""After an erasure over HTTP: nothing in the database's file, in the log, or in a problem."""

import asyncio
import json
import os
import random
import time
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import aiohttp
import pytest

from tests.server import Server, request, running_server

ORDERS = 400
SECRETS = (b"ecret-", b"4155550100")


@pytest.fixture
def server(tmp_path: Path) -> Iterator[Server]:
    with running_server(tmp_path, WORKERS="2") as server:
        yield server


async def erase_among_others(url: str) -> list[str]:
    """Erase a person that came among others; what was answered after that."""
    emails = [f"{random.getrandbits(64):016x}@x.example" for _ in range(ORDERS)]
    orders = [{"email": each, "phoneNumber": f"+{int(each[:12], 16)}"} for each in emails]
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
        async with session.post(f"/persons/{id}/erase", json={}) as response:
            assert response.status == 200
        answers = []
        for path in (f"/persons/{id}", f"/persons/{id}/export", f"/persons/{id}/history"):
            async with session.get(path) as response:
                answers.append(await response.text())
                assert response.status == 410
        return answers


@pytest.mark.skipif("DATABASE_URL" in os.environ, reason="about the log of SQLite")
def test_a_log_that_a_reader_needs_is_emptied_later_and_keeps_no_writer_waiting(tmp_path):
    with running_server(tmp_path, IMPORT_WORKER="1") as server:
        told = server.exchange(request(b'{"email": "secret-1@x.example"}'))
        with closing(server.database.connect()) as reader:
            reader.execute("BEGIN")
            reader.execute("SELECT count(*) FROM contact").fetchall()
            erased = server.exchange(request(b"{}", path="/persons/1/erase"))
            others = server.exchange(request(b'{"email": "other@x.example"}'))
        assert (told.status, erased.status, others.status) == (200, 200, 200)
        assert json.loads(erased.body)["remaining"] == ["write_ahead_log"]
        deadline = time.monotonic() + 30
        while b"ecret-1" in (tmp_path / "reunite.sqlite3-wal").read_bytes():
            assert time.monotonic() < deadline
            time.sleep(0.1)
        assert b"ecret-1" not in (tmp_path / "reunite.sqlite3").read_bytes()


def test_neither_files_nor_logs_nor_problems_hold_anything_of_an_erased_person(server, tmp_path):
    answers = asyncio.run(erase_among_others(server.url))

    files = tmp_path.glob("*.sqlite3*")
    kept = [*map(str.encode, answers), server.log.encode(), *(each.read_bytes() for each in files)]
    for each in kept:
        assert not [secret for secret in SECRETS if secret in each]
    assert server.check().returncode == 0
