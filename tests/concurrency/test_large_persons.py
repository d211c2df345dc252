"""Persons of many contacts in several processes: each keeps them, and all answer what is stored."""

import random

import pytest

from tests.concurrency.load import Request, send_at_once
from tests.concurrency.verification import what_is_wrong
from tests.effort import EFFORT
from tests.server import running_server

LISTED = 60


@pytest.fixture(scope="module")
def running(tmp_path_factory):
    folder = tmp_path_factory.mktemp("server")
    with running_server(folder, WORKERS="3", ANSWER_MAX_CONTACTS=str(LISTED)) as server:
        yield server


def test_all_processes_answer_with_the_large_person_that_is_stored(server):
    hubs = ("7001", "7002")
    everything = [Request(f"{hub}-{n}@x.example", hub) for hub in hubs for n in range(70)]
    answers = send_at_once(server.url, everything)
    for turn in range(EFFORT):
        newcomers = [Request(f"{turn}-{n}@x.example", hub) for hub in hubs for n in range(15)]
        repeats = [Request(None, hub) for hub in hubs for _ in range(15)]
        merge = [Request(f"{hubs[0]}-{turn}@x.example", hubs[1])]
        requests = random.sample(newcomers + repeats + merge, 61)
        answers += send_at_once(server.url, requests)

    asked = send_at_once(server.url, [Request(None, hubs[1])] * 12)

    stored = sorted(server.database.contacts(), key=lambda each: (each.created_at, each.id))
    for answer in asked:
        contact = answer.body["contact"]
        assert contact["primaryContactId"] == stored[0].id
        assert contact["secondaryContactIds"] == [each.id for each in stored[1:LISTED]]
        assert contact["emails"] == [each.email for each in stored[:LISTED]]
        assert contact["truncated"] == {"contacts": len(stored)}
    assert what_is_wrong(server, answers) == []
