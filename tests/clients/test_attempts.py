"""The client sends a call again exactly when that cannot do harm, and gives up in time."""

import asyncio
import json
import socket
import threading
import time

import pytest

from reunite.client import (
    AsyncClient,
    Busy,
    Call,
    Client,
    NoAnswer,
    NotFound,
    ProblemError,
    UnexpectedAnswer,
)
from tests.clients.scripted import Scripted, scripted_server

PERSON = {
    "primaryContactId": 1,
    "emails": ["mcfly@hillvalley.edu"],
    "phoneNumbers": [],
    "secondaryContactIds": [],
}
FOUND = Scripted(200, json.dumps({"contact": PERSON}).encode())
LOST = Scripted(0)
KEY = Scripted(201, b'{"id": 1}')


def problem(status, code, **headers):
    said = {
        "type": f"urn:reunite:problem:{code}",
        "title": "The request failed.",
        "status": status,
        "detail": "Do something else.",
        "code": code,
    }
    return Scripted(status, json.dumps(said).encode(), headers)


class Waiting:
    """A client of threads."""

    def __init__(self, url, **options):
        self.client = Client(url, **options)

    def __call__(self, name, /, *arguments, **options):
        return getattr(self.client, name)(*arguments, **options)


class Tasks:
    """A client of tasks, called as the other one."""

    def __init__(self, url, **options):
        self.url, self.options = url, options

    def __call__(self, name, /, *arguments, **options):
        async def call():
            async with AsyncClient(self.url, **self.options) as client:
                return await getattr(client, name)(*arguments, **options)

        return asyncio.run(call())


@pytest.fixture(params=[Waiting, Tasks])
def make(request):
    clients = []

    def made(url, **options):
        clients.append(request.param(url, **options))
        return clients[-1]

    yield made
    for each in clients:
        if isinstance(each, Waiting):
            each.client.close()


IDENTIFY = ("identify", {"email": "mcfly@hillvalley.edu"})
CREATE_KEY = ("create_key", {"name": "shop", "scopes": ["identify"]})


@pytest.mark.parametrize(
    "first",
    [
        problem(503, "server_busy"),
        problem(503, "database_unavailable"),
        problem(429, "too_many_requests"),
        Scripted(502, b"<html>Bad gateway</html>"),
        Scripted(504, b""),
        LOST,
    ],
)
def test_a_request_that_may_be_repeated_is_sent_until_it_is_answered(make, first):
    name, arguments = IDENTIFY
    with scripted_server([first, first, FOUND]) as server:
        answer = make(server.url)(name, **arguments)

        assert answer == {"contact": PERSON}
        assert len(server.bodies) == 3
        assert len(set(server.bodies)) == 1
        assert len(set(server.request_ids)) == 1


@pytest.mark.parametrize(
    ("first", "attempts"),
    [
        (problem(503, "server_busy"), 2),
        (problem(429, "too_many_requests"), 2),
        (problem(503, "database_unavailable"), 1),
        (Scripted(502, b"<html>Bad gateway</html>"), 1),
        (LOST, 1),
    ],
)
def test_another_request_is_sent_again_only_if_it_was_not_carried_out(make, first, attempts):
    name, arguments = CREATE_KEY
    with scripted_server([first, KEY]) as server:
        call = make(server.url)
        if attempts == 2:
            assert call(name, **arguments) == {"id": 1}
        else:
            with pytest.raises((NoAnswer, Busy)) as error:
                call(name, **arguments)
            assert error.value.may_be_done
            assert error.value.request_id == server.request_ids[0]
        assert len(server.bodies) == attempts


@pytest.mark.parametrize(("is_dry", "attempts"), [(True, 2), (False, 1)])
def test_a_repair_is_repeated_only_if_it_is_a_dry_run(make, is_dry, attempts):
    with scripted_server([LOST, Scripted(200, b'{"persons": [], "undo": null}')]) as server:
        call = make(server.url)
        try:
            call("split_person", 1, contact_ids=[2], dry_run=is_dry)
        except NoAnswer:
            assert not is_dry
        assert len(server.bodies) == attempts


def test_retry_after_is_obeyed(make):
    busy = problem(429, "too_many_requests", **{"Retry-After": "1"})
    with scripted_server([busy, FOUND]) as server:
        started = time.monotonic()
        make(server.url)("resolve", email="mcfly@hillvalley.edu")
        assert time.monotonic() - started >= 1


def test_a_wait_that_is_longer_than_the_deadline_is_not_begun(make):
    busy = problem(429, "too_many_requests", **{"Retry-After": "3600"})
    with scripted_server([busy]) as server:
        with pytest.raises(Busy) as error:
            make(server.url)("resolve", email="mcfly@hillvalley.edu")
        assert error.value.retry_after_seconds == 3600
        assert len(server.bodies) == 1


def test_a_server_that_does_not_answer_is_given_up_in_time(make):
    with scripted_server([None]) as server:
        started = time.monotonic()
        with pytest.raises(NoAnswer, match="time is over") as error:
            make(server.url, deadline_seconds=30)("show_policy", deadline_seconds=0.5)
        assert error.value.may_be_done
        assert 0.4 < time.monotonic() - started < 20


def test_a_silent_connection_is_given_up_for_another_one(make):
    call = Call("GET", "/events", repeats=True, attempt_seconds=0.2)
    with scripted_server([None, FOUND]) as server:
        assert make(server.url)("send", call, deadline_seconds=60) == {"contact": PERSON}
        assert len(server.bodies) == 2


def test_an_answer_that_comes_byte_by_byte_is_given_up_in_time(make):
    with socket.create_server(("127.0.0.1", 0)) as listener:
        url = f"http://127.0.0.1:{listener.getsockname()[1]}"

        def drip():
            with listener.accept()[0] as connection:
                connection.recv(10_000)
                connection.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: 100000\r\n\r\n")
                try:
                    while True:
                        connection.sendall(b" ")
                        time.sleep(0.02)
                except OSError:
                    pass

        thread = threading.Thread(target=drip)
        thread.start()
        with pytest.raises(NoAnswer):
            make(url)("create_key", name="shop", scopes=["read"], deadline_seconds=0.5)
        thread.join(60)
        assert not thread.is_alive()


def test_a_server_that_is_not_there_is_said_to_be_unreached(make):
    with pytest.raises(NoAnswer, match="check the address") as error:
        make("http://127.0.0.1:1")("create_key", name="a", scopes=["read"], deadline_seconds=0.5)
    assert not error.value.may_be_done


def test_an_answer_that_was_lost_is_remembered_when_the_server_is_gone(make):
    with socket.create_server(("127.0.0.1", 0)) as listener:
        url = f"http://127.0.0.1:{listener.getsockname()[1]}"

        def lose():
            connection, _ = listener.accept()
            connection.recv(10_000)
            listener.close()
            connection.close()

        thread = threading.Thread(target=lose)
        thread.start()
        with pytest.raises(NoAnswer) as error:
            make(url)("identify", email="mcfly@hillvalley.edu", deadline_seconds=1)
        thread.join(60)
    assert error.value.may_be_done


@pytest.mark.parametrize(
    ("status", "code", "kind"),
    [(404, "person_not_found", NotFound), (400, "invalid_email", ProblemError)],
)
def test_a_refusal_is_an_error_with_all_that_the_server_said(make, status, code, kind):
    with scripted_server([problem(status, code)]) as server:
        with pytest.raises(kind) as error:
            make(server.url)("show_person", 7, request_id="order-1")
        assert len(server.bodies) == 1
    refused = error.value
    assert (refused.status, refused.code, refused.request_id) == (status, code, "order-1")
    assert (refused.title, refused.detail) == ("The request failed.", "Do something else.")
    assert str(refused) == (
        f"{code} ({status}): The request failed. Do something else. (request order-1)"
    )


@pytest.mark.parametrize("body", [b"<html>Not here</html>", b"[]", b'{"status": 404}', b"\xff"])
def test_an_answer_of_another_server_is_told_apart(make, body):
    with (
        scripted_server([Scripted(404, body)]) as server,
        pytest.raises(UnexpectedAnswer, match="404") as error,
    ):
        make(server.url)("show_person", 7)
    assert error.value.status == 404


@pytest.mark.parametrize("status", [200, 302])
def test_a_page_in_place_of_an_answer_is_told_apart(make, status):
    page = Scripted(status, b"<html>Sign in</html>", {"Location": "/login"})
    with scripted_server([page]) as server, pytest.raises(UnexpectedAnswer):
        make(server.url)("show_policy")


def test_a_path_of_the_server_is_kept(make):
    with scripted_server([FOUND]) as server:
        assert make(f"{server.url}/reunite/")("resolve", email="a@b.example")["contact"] == PERSON
