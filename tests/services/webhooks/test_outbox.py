"""The outbox sends what it is told to real receivers, and calls no forbidden address."""

import socket
import threading
from contextlib import closing, contextmanager
from datetime import UTC, datetime

import pytest

from reunite import __version__
from reunite.core.webhooks.addresses import networks
from reunite.core.webhooks.attempts import Failure
from reunite.core.webhooks.messages import Told, message_id
from reunite.services.webhooks.outbox import Outbox
from tests.certificates import make_certificate, server_context
from tests.receiver import receiver

EVENT = Told(0, 7, "person.merged", 3, datetime(2026, 11, 28, 12, tzinfo=UTC))
SECRETS = ["whsec_" + "A" * 43 + "=", "whsec_" + "B" * 43 + "="]
LOOPBACK = networks(["127.0.0.0/8", "::1/128"])
PATIENCE_SECONDS = 60


def post(url, *, allowed=LOOPBACK, limit_seconds=30):
    with Outbox(allowed, limit_seconds=limit_seconds) as outbox:
        return outbox.post(EVENT, url, SECRETS).result(PATIENCE_SECONDS).attempt


@contextmanager
def speaking(serve):
    """A server that does with a connection what it is told; its URL, and whether it was asked."""
    asked = threading.Event()

    def work(listening):
        while True:
            try:
                connection, _ = listening.accept()
            except OSError:
                return
            asked.set()
            with closing(connection):
                serve(connection)

    with socket.create_server(("127.0.0.1", 0)) as listening:
        thread = threading.Thread(target=work, args=(listening,), daemon=True)
        thread.start()
        try:
            yield f"http://127.0.0.1:{listening.getsockname()[1]}/", asked
        finally:
            listening.shutdown(socket.SHUT_RDWR)
            thread.join(PATIENCE_SECONDS)


def test_a_message_is_signed_with_each_secret():
    with receiver() as received:
        attempt = post(received.url + "reunite?shop=1")
    (message,) = received.messages
    assert attempt.status == 204
    assert attempt.failure is None
    assert message.path == "/reunite?shop=1"
    for secret in SECRETS:
        assert message.verified(secret) == {
            "type": "person.merged",
            "timestamp": "2026-11-28T12:00:00Z",
            "data": {"number": 7, "personId": 3},
        }
    assert message.headers["host"] == received.url.split("/")[2]
    assert message.headers["content-type"] == "application/json"
    assert message.headers["user-agent"] == f"Reunite/{__version__}"
    assert message.headers["webhook-id"] == message_id(EVENT)
    assert int(message.headers["webhook-timestamp"]) == int(attempt.at.timestamp())


@pytest.mark.parametrize("status", [200, 301, 302, 303, 307, 308, 404, 410, 429, 500, 599])
def test_of_an_answer_the_status_is_kept_and_no_redirect_is_followed(status):
    with receiver(lambda _: status) as received:
        attempt = post(received.url)
    assert attempt.status == status
    assert attempt.succeeded == (status == 200)
    assert len(received.messages) == 1


def test_a_long_answer_is_not_read():
    def serve(connection):
        connection.recv(65_536)
        connection.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: 1000000000\r\n\r\n" + b"x" * 1000)
        connection.recv(1)  # Until the client closes the connection.

    with speaking(serve) as (url, _):
        assert post(url).status == 200


@pytest.mark.parametrize(
    "answer",
    [
        b"",
        b"HTTP/1.1 2",
        b"nonsense\r\n\r\n",
        b"HTTP/1.1 200 OK\r\n",
        b"HTTP/1.1 200 OK\r\n" + b"X: y\r\n" * 100_000,
    ],
)
def test_what_is_no_answer_is_a_failure(answer):
    def serve(connection):
        connection.recv(65_536)
        connection.sendall(answer)

    with speaking(serve) as (url, _):
        assert post(url).failure is Failure.NO_ANSWER


def test_a_receiver_that_is_slow_or_sends_byte_by_byte_is_given_up_in_time():
    stopped = threading.Event()

    def serve(connection):
        while not stopped.wait(0.05):
            try:
                connection.sendall(b"H")
            except OSError:
                return

    try:
        with speaking(serve) as (url, _):
            assert post(url, limit_seconds=0.5).failure is Failure.TIMED_OUT
    finally:
        stopped.set()


def test_a_closed_port_is_no_connection():
    with socket.create_server(("127.0.0.1", 0)) as listening:
        port = listening.getsockname()[1]
    assert post(f"http://127.0.0.1:{port}/").failure is Failure.NOT_CONNECTED


@pytest.mark.parametrize("name", ["nobody.invalid", "a" * 63 + "." + "b" * 63])
def test_a_name_without_an_address_is_unknown(name):
    assert post(f"https://{name}/").failure is Failure.NAME_UNKNOWN


@pytest.mark.parametrize("host", ["127.0.0.1", "localhost", "2130706433", "0x7f.1", "127.1"])
def test_a_forbidden_address_is_not_called_whatever_it_is_called(host):
    with speaking(lambda _: None) as (url, asked):
        port = url.rpartition(":")[2]
        for scheme in ("http", "https"):
            assert post(f"{scheme}://{host}:{port}", allowed=()).failure is Failure.ADDRESS_REFUSED
        assert not asked.is_set()


def test_a_url_that_would_not_be_taken_any_more_is_not_called():
    assert post("https://user@shop.example/").failure is Failure.ADDRESS_REFUSED


def test_a_name_that_has_a_forbidden_address_too_is_not_called(monkeypatch):
    def found(host, port, **options):
        kind = socket.AF_INET, socket.SOCK_STREAM, 6, ""
        return [(*kind, ("127.0.0.1", port)), (*kind, ("10.0.0.1", port))]

    with speaking(lambda _: None) as (url, asked):
        monkeypatch.setattr(socket, "getaddrinfo", found)
        shop = url.replace("127.0.0.1", "shop.example")
        assert post(shop).failure is Failure.ADDRESS_REFUSED
        assert not asked.is_set()


def test_a_name_is_looked_up_once_and_the_checked_address_is_called(monkeypatch):
    looked_up = []

    def found(host, port, **options):
        looked_up.append(host)
        address = "127.0.0.1" if len(looked_up) == 1 else "10.0.0.1"
        return [(socket.AF_INET, socket.SOCK_STREAM, 6, "", (address, port))]

    with receiver() as received:
        monkeypatch.setattr(socket, "getaddrinfo", found)
        assert post(received.url.replace("127.0.0.1", "shop.example")).status == 204
    assert looked_up == ["shop.example"]


def test_a_look_up_that_hangs_is_given_up_in_time(monkeypatch):
    hangs = threading.Event()

    def found(host, port, **options):
        hangs.wait(PATIENCE_SECONDS)
        return []

    monkeypatch.setattr(socket, "getaddrinfo", found)
    with Outbox(LOOPBACK, limit_seconds=0.2) as outbox:
        sent = outbox.post(EVENT, "https://shop.example/", SECRETS).result(PATIENCE_SECONDS)
        assert sent.attempt.failure is Failure.TIMED_OUT
        hangs.set()  # It tells nobody.
        assert outbox.post(EVENT, "https://shop.example/", SECRETS).result(
            PATIENCE_SECONDS
        ).attempt.failure in (Failure.NAME_UNKNOWN, Failure.TIMED_OUT)


def test_a_certificate_is_checked_for_the_name_of_the_url(tmp_path, monkeypatch):
    certificate, key = make_certificate(tmp_path, "localhost")
    with receiver(tls=server_context(certificate, key)) as received:
        localhost = received.url.replace("127.0.0.1", "localhost")
        assert post(localhost).failure is Failure.TLS_FAILED
        monkeypatch.setenv("SSL_CERT_FILE", str(certificate))
        assert post(received.url).failure is Failure.TLS_FAILED
        assert received.messages == []
        assert post(localhost).status == 204


def test_a_receiver_without_tls_gets_nothing_by_https():
    with receiver() as received:
        assert post(received.url.replace("http", "https")).failure is Failure.TLS_FAILED
        assert received.messages == []


def test_the_environments_proxy_is_not_asked(monkeypatch):
    with speaking(lambda _: None) as (proxy, asked), receiver() as received:
        for name in ("HTTP_PROXY", "http_proxy", "ALL_PROXY"):
            monkeypatch.setenv(name, proxy)
        assert post(received.url).status == 204
        assert not asked.is_set()
