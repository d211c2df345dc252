"""An import beside live requests: nobody waits long, and the persons are those of all that came."""

import asyncio
import csv
import os
import subprocess
import time

import aiohttp
import pytest

from tests.concurrency.load import Request
from tests.concurrency.verification import persons_of
from tests.server import REUNITE, running_server

ROWS = 6_000
REQUESTS = 300
LONGEST_SECONDS = 5.0  # Of the machine, not of the gate: tests run beside each other.


@pytest.fixture
def server(tmp_path):
    with running_server(tmp_path, WORKERS="2", LOCK_TIMEOUT_SECONDS="30") as server:
        yield server


def rows():
    """Pairs that grow together to persons of some hundred."""
    return [(f"e{n % 2_003}@x.example", f"7{n * 7 % 3_001:06}") for n in range(ROWS)]


def start_import(server, path):
    return subprocess.Popen(
        [*REUNITE, "import", path, "--refused", path.with_suffix(".refused")],
        env={**os.environ, "DATABASE_URL": server.database.url,
             "DJANGO_SETTINGS_MODULE": "reunite_service.settings"},
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )  # fmt: skip


async def send_until(is_over, url, requests):
    """Statuses and the longest time of requests that are sent until the import is over."""
    statuses, longest = set(), 0.0
    async with aiohttp.ClientSession(url) as session:
        sent = 0
        while sent < len(requests) or not is_over():
            begun = time.monotonic()
            body = requests[sent % len(requests)].body
            async with session.post("/identify", json=body) as response:
                statuses.add(response.status)
            longest = max(longest, time.monotonic() - begun)
            sent += 1
    return statuses, longest


def test_an_import_races_requests_and_is_killed_and_goes_on(server, tmp_path):
    path = tmp_path / "orders.csv"
    with path.open("w", newline="") as file:
        csv.writer(file).writerows([("email", "phone"), *rows()])
    requests = [Request(f"e{n}@x.example", f"7{n * 11 % 3_001:06}") for n in range(REQUESTS)]
    first = Request("e1@x.example", "7999999")
    asyncio.run(send_until(lambda: True, server.url, [first]))  # Not the first: it goes in chunks.

    killed = start_import(server, path)
    deadline = time.monotonic() + 60
    while server.database.rows("SELECT coalesce(max(position), 0) FROM import")[0][0] == 0:
        assert time.monotonic() < deadline, killed.stderr.read()
        time.sleep(0.02)
    killed.kill()
    killed.communicate()
    again = start_import(server, path)
    statuses, longest = asyncio.run(
        send_until(lambda: again.poll() is not None, server.url, requests)
    )
    output, errors = again.communicate()

    assert again.returncode == 0, output + errors
    assert statuses == {200}
    assert longest < LONGEST_SECONDS
    said = {request.identifiers for request in [first, *requests]}
    said |= {Request(*row).identifiers for row in rows()}
    stored = {}
    for contact in server.database.contacts():
        identifiers = Request(contact.email, contact.phone_number).identifiers
        stored.setdefault(contact.linked_id or contact.id, set()).update(identifiers)
    assert set(map(frozenset, stored.values())) == persons_of(said)
    assert server.database.rows("SELECT DISTINCT state FROM import") == [("done",)]
    check = server.check()
    assert check.returncode == 0, check.stdout + check.stderr
