"""Bridges between persons that are kept apart race newcomers: the two stay two."""

import asyncio

import aiohttp

from tests.concurrency.load import Request, send_at_once
from tests.server import running_server

A = Request("a@x.example", "1")
B = Request("b@x.example", "1")
C = Request("c@x.example", "3")
BRIDGES = [
    Request(*each) for each in (("a@x.example", "3"), ("b@x.example", "3"), ("c@x.example", "1"))
]


def test_bridges_race_over_http(tmp_path):
    with running_server(tmp_path, WORKERS="4") as server:
        answers = [send_at_once(server.url, [each])[0] for each in (A, B, C)]
        a, b, c = answers[0].contact_ids[0], answers[1].contact_ids[1], answers[2].contact_ids[0]
        post(server.url, "/separations", {"contactIds": [b, c]})

        newcomers = [Request(f"n{n}@x.example", str(n % 4)) for n in range(1, 24)]
        racing = [*BRIDGES, *newcomers, [*BRIDGES, *newcomers]] * 8
        answered = send_at_once(server.url, racing)

        assert {answer.status for answer in answered} == {200}
        person_of = {each.id: each.linked_id or each.id for each in server.database.contacts()}
        assert person_of[a] == person_of[b] != person_of[c]
        (count,) = server.database.rows("SELECT count(*) FROM link WHERE state = 'held'")
        assert count == (1,)
        check = server.check()
        assert check.returncode == 0, check.stdout + check.stderr


def post(url, path, body):
    async def send():
        async with (
            aiohttp.ClientSession(url) as session,
            session.post(path, json=body) as response,
        ):
            assert response.status == 200, await response.text()

    asyncio.run(send())
