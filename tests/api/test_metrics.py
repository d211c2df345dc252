"""Metrics over HTTP, on a real server with several processes."""

import os
import re
import signal
import time

import psutil
import pytest
from prometheus_client.parser import text_string_to_metric_families

from reunite.core.metrics import METRICS
from tests.server import request, running_server


@pytest.fixture
def server(tmp_path):
    with running_server(tmp_path, WORKERS="2", LOG_FORMAT="json") as server:
        yield server


def read(server):
    answer = server.exchange(request(method="GET", path="/metrics", content_type=None))
    assert answer.status == 200
    assert answer.headers["Content-Type"].startswith("text/plain; version=0.0.4")
    return {
        (sample.name, *sample.labels.values()): sample.value
        for family in text_string_to_metric_families(answer.body.decode())
        for sample in family.samples
    }


def until(fact):
    deadline = time.monotonic() + 60
    while not fact():
        assert time.monotonic() < deadline
        time.sleep(0.1)


def answered(server, operation, status="200"):
    return read(server).get(("reunite_requests_total", operation, status), 0)


def test_all_processes_are_counted_and_those_that_ended_too(server):
    for n in range(20):
        assert server.exchange(request(b'{"email": "%d@x.example"}' % n)).status == 200
    assert server.exchange(request(b"{}")).status == 400
    server.exchange(request(method="GET", path="/nowhere", content_type=None))
    until(lambda: answered(server, "identify") == 20)
    # The server answers as soon as the first of its processes does.
    until(lambda: read(server)["reunite_processes",] == 2)
    found = read(server)
    assert found["reunite_requests_total", "identify", "400"] == 1
    assert found["reunite_requests_total", "other", "404"] == 1
    assert found["reunite_outcomes_total", "created"] == 20
    assert found["reunite_request_seconds_count", "identify"] == 21
    assert found["reunite_queue_seconds_count",] >= 22

    # granian starts another process in place of one that is killed.
    workers = [each for each in psutil.Process(server.group).children() if each.num_threads() > 3]
    os.kill(workers[0].pid, signal.SIGKILL)
    until(lambda: _tried(lambda: read(server)["reunite_processes",] == 2))
    assert answered(server, "identify") == 20
    assert found.keys() - {("reunite_processes",)} <= read(server).keys()


def _tried(fact):
    try:
        return fact()
    except OSError:
        return False


def test_every_metric_has_its_type_and_its_help(server):
    text = server.exchange(request(method="GET", path="/metrics", content_type=None)).body.decode()
    told = dict(re.findall(r"^# TYPE (\S+) (\w+)$", text, re.MULTILINE))
    assert told == {each.name: each.kind.value for each in METRICS}
