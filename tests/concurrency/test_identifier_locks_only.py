"""Locks on a request's identifiers alone are not enough, and the verification finds that out."""

import sys
from contextlib import contextmanager

import pytest

from tests.concurrency.load import CONNECTIONS, Request, send_at_once
from tests.concurrency.verification import what_is_wrong
from tests.server import running_server

pytestmark = [
    pytest.mark.postgresql,  # On SQLite there is one lock for everything.
    pytest.mark.thorough,  # It tests the verification, which changes seldom.
]

MOST_ROUNDS = 30  # Nearly every one finds something, on a busy machine fewer do.
EMAILS = 12


@contextmanager
def server_of(module, folder):
    """A server whose application is that of a module beside this one."""
    target = f"tests.concurrency.{module}:application"
    command = (sys.executable, "-m", "benchmarks.served", target)
    with running_server(folder, command=command, WORKERS="4") as server:
        yield server


def wrong_in_a_round(server, answers, round):
    """What is wrong after a person was absorbed while newcomers arrived for it.

    The merge and each newcomer reach the absorbed person through identifiers of their own.
    """
    older = Request(f"older.{round}@x.example", None)
    known_by = [Request(f"{n}.{round}@x.example", phone(round)) for n in range(EMAILS)]
    raced = [Request(known_by[n % EMAILS].email, phone(round, n)) for n in range(CONNECTIONS - 1)]
    raced.insert(CONNECTIONS // 2, Request(older.email, phone(round)))
    for requests in ([older], known_by, raced):
        answers += send_at_once(server.url, requests)
    return what_is_wrong(server, answers)


def phone(*numbers):
    return "7" + "".join(f"{number:03}" for number in numbers)


def test_locks_on_identifiers_alone_are_found_out(tmp_path):
    with server_of("identifier_locks_only", tmp_path) as server:
        found, answers = [], []
        for number in range(MOST_ROUNDS):
            found += wrong_in_a_round(server, answers, number)
            # A newcomer became a secondary of a secondary.
            if any("no_live_primary" in line for line in found):
                return

    pytest.fail(f"in {MOST_ROUNDS} rounds no more was wrong than {found}")


def test_locks_on_persons_too_withstand_the_same(tmp_path):
    with server_of("slowed", tmp_path) as server:
        answers = []
        for number in range(3):
            assert wrong_in_a_round(server, answers, number) == []
