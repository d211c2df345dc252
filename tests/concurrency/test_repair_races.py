"""Repairs that race requests: whatever was taken back, the persons are those of what is left."""

import asyncio
import random
from contextlib import closing

import aiohttp
import pytest

from tests.concurrency.load import Request, send_at_once
from tests.effort import over_http
from tests.server import running_server

PERSONS = 8
ROUNDS = over_http(2)
STRANGERS = 6


@pytest.fixture
def server(tmp_path):
    with running_server(tmp_path, WORKERS="4", LOCK_TIMEOUT_SECONDS="30") as server:
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


def strangers(round):
    """Requests of persons whom one phone number joins, three contacts each."""
    return [
        [Request(f"{name}{number}.{round}@y.example", f"8{round}{number:03}") for name in "abc"]
        for number in range(STRANGERS)
    ]


def news_of(person):
    """Requests with what the contacts of a stranger have alone, and something new for each."""
    return [
        Request(each.email, f"9{each.phone}{place}{again}")
        for place, each in enumerate(person)
        for again in range(4)
    ]


def hold_links(database, emails, phones):
    """Merges that are held, as a guard would do it; their ids."""
    with closing(database.connect()) as connection:
        for email, phone in zip(emails, phones, strict=True):
            connection.execute(
                f"""INSERT INTO link (workspace_id, left_kind, left_key, right_kind, right_key,
                                      origin, state, held_for, reason, created_at)
                VALUES (0, 'email', '{email}', 'phone', '{phone}', 'request', 'held',
                        'not_verified', '', CURRENT_TIMESTAMP)"""
            )
    return [id for (id,) in database.rows("SELECT id FROM link WHERE state = 'held'")]


def operations(persons, answers, link_ids):
    """Everything that operators do, to persons whom requests speak of meanwhile."""
    ids = {
        answer.request.email: answer.contact_ids[
            answer.body["contact"]["emails"].index(answer.request.email)
        ]
        for answer in answers
    }
    for place, person in enumerate(persons):
        first, second, third = (ids[each.email] for each in person)
        phone = {"phoneNumber": person[0].phone}
        yield "POST", f"/persons/{first}/split", {"contactIds": [second]}
        yield "POST", f"/persons/{second}/split", {"contactIds": [third], "keepApart": False}
        yield "POST", "/identifiers/retire", phone
        yield "POST", "/identifiers/restore", phone
        yield "POST", "/identifiers/retire", phone
        yield "POST", "/separations", {"contactIds": [first, third]}
        yield "POST", "/links", {"contactIds": [first, second]}
        yield "DELETE", f"/separations/{place + 1}", None
        yield "GET", f"/persons/{third}/export", None
        if place % 2:
            yield "POST", f"/persons/{third}/erase", {}
            yield "DELETE", f"/contacts/{first}", None
    for id in link_ids:
        yield "POST", f"/links/{id}/approve", {}
        yield "POST", f"/links/{id}/reject", {"keepApart": False}
        yield "POST", f"/links/{id}/revoke", {}


async def send_all(url, everything):
    """The statuses of requests that are sent at once, in any order."""
    async with aiohttp.ClientSession(url) as session:

        async def status(method, path, body):
            async with session.request(method, path, json=body) as response:
                return method, path, response.status

        return await asyncio.gather(
            *(status(*each) for each in random.sample(everything, len(everything)))
        )


def test_every_operation_races_requests(server):
    for round in range(ROUNDS):
        persons = strangers(round)
        # The contacts of a person come one after the other, so that each says something new.
        answers = [
            a for place in range(3) for a in send_at_once(server.url, [p[place] for p in persons])
        ]
        news = [each for person in persons for each in news_of(person)]
        send_at_once(server.url, news[::4])
        links = hold_links(
            server.database,
            [person[0].email for person in persons],
            [news_of(person)[0].phone for person in [*persons[1:], persons[0]]],
        )
        identifies = [("POST", "/identify", each.body) for each in news]
        batches = [
            ("POST", "/identify/batch", {"requests": [each.body for each in news[at::5]]})
            for at in range(5)
        ]

        statuses = asyncio.run(
            send_all(server.url, [*operations(persons, answers, links), *identifies, *batches])
        )

        assert {status for *_, status in statuses} <= {200, 404, 409, 410}, statuses
        assert all(status == 200 for _, path, status in statuses if path.startswith("/identify"))
        check = server.check()
        assert check.returncode == 0, check.stdout + check.stderr
        assert "Traceback" not in server.log
