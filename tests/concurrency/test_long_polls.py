"""Long polls: they wait for events without a thread, and never longer than they may."""

import json
import time
from concurrent.futures import ThreadPoolExecutor

import pytest

from tests.server import request, running_server


@pytest.fixture(scope="module")
def running(tmp_path_factory):
    with running_server(tmp_path_factory.mktemp("server"), THREADS="1") as server:
        yield server


def ask(server, address):
    answer = server.exchange(request(method="GET", path=address))
    assert answer.status == 200, answer.body
    return json.loads(answer.body)


def identify(server, email):
    body = json.dumps({"email": email}).encode()
    assert server.exchange(request(body)).status == 200


def last(server):
    return ask(server, "/events?after=0&limit=1")["last"]


def test_a_poll_is_answered_when_something_happens(server):
    after = last(server)
    with ThreadPoolExecutor() as clients:
        polls = [clients.submit(ask, server, f"/events?after={after}&wait=30") for _ in range(20)]
        time.sleep(1)
        assert not any(each.done() for each in polls)
        # No poll keeps the one thread.
        assert ask(server, "/stats")
        identify(server, "a@x.example")
        found = [each.result(timeout=20) for each in polls]

    for page in found:
        assert [each["number"] for each in page["events"]] == [after + 1]


def test_a_poll_for_which_nothing_happens_ends_in_time(server):
    after = last(server)
    started = time.monotonic()

    page = ask(server, f"/events?after={after}&wait=1")

    assert page == {"events": [], "next": after, "last": after, "feedId": page["feedId"]}
    assert time.monotonic() - started >= 1


def test_polls_beyond_those_that_may_wait_are_answered_at_once(server):
    after = last(server)
    address = f"/events?after={after}&wait=30"
    with ThreadPoolExecutor(80) as clients:
        polls = [clients.submit(ask, server, address) for _ in range(80)]
        deadline = time.monotonic() + 20
        while sum(each.done() for each in polls) < 16 and time.monotonic() < deadline:
            time.sleep(0.1)
        assert sum(each.done() for each in polls) == 16
        identify(server, "b@x.example")
        for each in polls:
            each.result(timeout=30)


def test_a_server_that_stops_lets_no_poll_wait(tmp_path):
    with running_server(tmp_path) as server, ThreadPoolExecutor() as clients:
        poll = clients.submit(ask, server, "/events?after=0&wait=30")
        time.sleep(1)
        started = time.monotonic()

        server.stop()

        assert poll.result(timeout=20)["events"] == []
        assert time.monotonic() - started < 9
