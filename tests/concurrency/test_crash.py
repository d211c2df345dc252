"""The server, or its connections to the database, end in the middle of load."""

import itertools
import random
import time
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing

import pytest

from reunite.store.database.locks import gate
from tests.concurrency.load import Request, send_at_once, send_until
from tests.concurrency.verification import what_is_wrong
from tests.effort import over_http
from tests.scopes import SCOPE
from tests.server import running_server

ROUNDS = range(over_http(4))
LOAD_SECONDS = 0.8
CUT = """
    SELECT pg_terminate_backend(pid) FROM pg_stat_activity
    WHERE datname = current_database() AND application_name = 'reunite'
      AND wait_event_type = 'Lock' AND xact_start IS NOT NULL
"""


@pytest.fixture
def server(tmp_path):
    with running_server(tmp_path, WORKERS="3") as server:
        yield server


def requests_without_end(round):
    """Mostly news: every 40 requests are about a few new persons that become fewer."""
    for bunch in itertools.count():
        values = range(random.choice([3, 12]))
        for _ in range(40):
            email = f"{random.choice(values)}.{bunch}.{round}@x.example"
            phone = f"7{round:02}{bunch:06}{random.choice(values):02}"
            yield random.choice([Request(email, phone)] * 4 + [Request(email, None)])


def test_whatever_was_answered_before_the_server_was_killed_is_there_afterwards(server):
    answers = []

    for round in ROUNDS:
        sent = send_until(
            server.url, requests_without_end(round), server.kill, after_seconds=LOAD_SECONDS
        )
        answered = [answer for answer in sent if answer.status is not None]
        unanswered = [answer.request for answer in sent if answer.status is None]
        assert {answer.status for answer in answered} == {200}
        assert unanswered, "the server was killed in the middle"
        server.start()

        again = send_at_once(server.url, [answer.request for answer in answered])

        assert {(answer.status, answer.outcome) for answer in again} == {(200, "unchanged")}
        known = {answer.request: answer for answer in again}
        for answer in answered:
            assert set(answer.contact_ids) <= set(known[answer.request].contact_ids)
            assert set(answer.identifiers) <= set(known[answer.request].identifiers)
        # Who was not answered asks again, so that it is known what was said in all.
        answers += answered + again + send_at_once(server.url, unanswered)
        assert what_is_wrong(server, answers, answers_lost=True) == []


@pytest.mark.postgresql  # SQLite has no server that could end a connection.
def test_connections_that_the_database_ends_under_load_are_opened_again(server):
    ended = []

    def end_connections():
        with closing(server.database.connect()) as connection:
            for _ in range(20):
                ended.extend(
                    connection.execute(
                        "SELECT pg_terminate_backend(pid) FROM pg_stat_activity"
                        " WHERE datname = current_database() AND pid <> pg_backend_pid()"
                    )
                )
                time.sleep(0.1)

    requests = itertools.islice(requests_without_end(0), 2_000)
    sent = send_until(server.url, requests, end_connections, after_seconds=0.1)

    assert len(ended) > 20
    assert {answer.status for answer in sent} <= {200, 503}
    refused = [answer for answer in sent if answer.status == 503]
    for answer in refused:
        assert answer.headers["Content-Type"] == "application/problem+json"
        assert answer.headers["Retry-After"]
        assert answer.body["code"] == "database_unavailable"
    answers = [answer for answer in sent if answer.status == 200]
    answers += send_at_once(server.url, [answer.request for answer in refused])
    assert what_is_wrong(server, answers, answers_lost=True) == []


@pytest.mark.postgresql  # SQLite has no server that could end a connection.
def test_a_connection_that_is_cut_within_a_transaction_leaves_nothing_half_done(server):
    new = [Request("new@x.example", "7001")]
    with closing(server.database.connect()) as holder, ThreadPoolExecutor(1) as sender:
        holder.execute("BEGIN")
        holder.execute("SELECT pg_advisory_xact_lock(%s)", [gate(SCOPE, shared=False).key])
        waiting = sender.submit(send_at_once, server.url, new)
        deadline = time.monotonic() + 30
        while not server.database.rows(CUT):
            assert time.monotonic() < deadline, "the request waits within its transaction"
            time.sleep(0.02)
        holder.execute("ROLLBACK")
        (answer,) = waiting.result(timeout=60)

    assert answer.status in {200, 503}
    again = send_at_once(server.url, new)
    assert [each.status for each in again] == [200]
    assert server.database.counts()["contact"] == 1
    answers = [each for each in (answer, *again) if each.status == 200]
    assert what_is_wrong(server, answers, answers_lost=True) == []
