"""Limits of each key, and overload, on real servers."""

import asyncio
import itertools
import json
import time

import aiohttp
import pytest

from tests.server import request, running_server

BATCH = {"requests": [{"email": f"{n}@x.example"} for n in range(1_000)]}
CLIENTS = 200
"""More than even a fast machine answers within the patience of the server."""
PATIENCE_SECONDS = 3


@pytest.fixture(scope="module")
def running(tmp_path_factory):
    limits = {"REQUESTS_PER_SECOND": "0.5", "ROWS_PER_SECOND": "0.5"}
    with running_server(tmp_path_factory.mktemp("server"), **limits) as server:
        yield server


def key(server, name, scope):
    with server.running("keys", "create", name, "--scope", scope) as created:
        text, errors = created.communicate(timeout=60)
    assert created.returncode == 0, errors
    return f"Authorization: Bearer {text.strip()}"


def ask(server, key, method, path, body=None):
    sent = b"" if body is None else json.dumps(body).encode()
    return server.exchange(request(sent, method=method, path=path, headers=[key]))


def test_a_key_that_has_taken_its_quota_is_told_when_to_come_again(server):
    shop, reader = key(server, "shop", "identify"), key(server, "reader", "read")
    for left in (4, 3, 2, 1, 0):
        told = ask(server, shop, "POST", "/identify", {"email": "a@x.example"})
        assert told.status == 200
        assert told.headers["RateLimit-Policy"] == '"requests";q=5;w=10, "rows";q=5;w=10'
        assert int(told.headers["RateLimit"].partition(";r=")[2].partition(";")[0]) >= left

    refused = [
        ask(server, shop, "POST", path, {"email": "a@x.example"})
        for path in ("/identify", "/identify?include=decision")
        for _ in range(2)
    ]
    codes = {(each.status, json.loads(each.body).get("code")) for each in refused[1:]}
    assert (429, "too_many_requests") in codes
    for each in refused:
        if each.status == 429:
            assert 1 <= int(each.headers["Retry-After"]) <= 2
            assert '"requests";r=0' in each.headers["RateLimit"]

    # Another key is not concerned, and rows are counted apart.
    assert ask(server, reader, "GET", "/stats").status == 200
    bulk = key(server, "bulk", "identify")
    assert ask(server, bulk, "POST", "/identify/batch", BATCH).status == 200
    again = ask(server, bulk, "POST", "/identify/batch", BATCH)
    assert (again.status, "quota of rows" in json.loads(again.body)["detail"]) == (429, True)
    assert int(again.headers["Retry-After"]) > 1_000
    assert server.exchange(request(method="GET", path="/healthz")).status == 200


def test_snapshots_and_uploads_count_as_rows(server):
    follower, importer = key(server, "follower", "feed"), key(server, "importer", "import")
    assert ask(server, follower, "GET", "/snapshot?limit=3").status == 200
    assert ask(server, follower, "GET", "/snapshot?limit=2").status == 200
    again = ask(server, follower, "GET", "/snapshot?limit=5")
    assert (again.status, "quota of rows" in json.loads(again.body)["detail"]) == (429, True)

    def upload(name):
        sent = b"email\na@x.example\n".ljust(100_000, b"\n")
        path = f"/imports?name={name}&noCreatedAt=true"
        octets = "application/octet-stream"
        return server.exchange(request(sent, path=path, content_type=octets, headers=[importer]))

    assert upload("first.csv").status == 202
    second = upload("second.csv")
    assert (second.status, json.loads(second.body)["code"]) == (429, "too_many_requests")
    # A file takes the whole quota, and not more.
    assert 1 <= int(second.headers["Retry-After"]) <= 10


def is_refused_at_once(answer):
    status, seconds, *_ = answer
    return status == 503 and seconds < PATIENCE_SECONDS - 1


async def overload(url, found):
    """Let clients send batches of new persons again and again, until one is refused at once.

    At the start, while it is no overload yet, some are refused after their whole time. The clients
    share the machine with the server, so they are few, and each batch is much work.
    """
    numbers = itertools.count()
    async with aiohttp.ClientSession(url, connector=aiohttp.TCPConnector(limit=0)) as session:

        async def send():
            while not any(map(is_refused_at_once, found)):
                number = next(numbers)
                batch = [{"email": f"{number}.{n}@x.example"} for n in range(1_000)]
                sent = time.monotonic()
                async with session.post("/identify/batch", json={"requests": batch}) as response:
                    told = await response.json()
                    seconds = time.monotonic() - sent
                    found.append((response.status, seconds, response.headers, told))

        async with asyncio.timeout(60), asyncio.TaskGroup() as clients:
            for _ in range(CLIENTS):
                clients.create_task(send())


def test_overload_is_refused_at_once_while_liveness_answers(tmp_path):
    limits = {"THREADS": "1", "LOCK_TIMEOUT_SECONDS": str(PATIENCE_SECONDS)}
    with running_server(tmp_path, **limits) as server:
        found = []

        async def watch():
            work = asyncio.create_task(overload(server.url, found))
            async with aiohttp.ClientSession(server.url) as session:
                while not work.done():
                    async with session.get("/healthz") as alive:
                        assert alive.status == 200
                    await asyncio.sleep(0.2)
            await work

        asyncio.run(watch())
        _, _, headers, told = next(filter(is_refused_at_once, found))
        assert told["code"] == "server_busy"
        assert (headers["Retry-After"], headers["Cache-Control"]) == ("1", "no-store")
        assert len(headers["X-Request-Id"]) == 32
        assert 200 in {status for status, *_ in found}
