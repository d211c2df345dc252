"""Metrics over HTTP, on a real server with several processes."""

import json
import os
import re
import signal
import time
from contextlib import closing
from http.client import HTTPConnection

import psutil
import pytest
from prometheus_client.parser import text_string_to_metric_families

from reunite.core.metrics import METRICS
from tests.server import HOST, free_port, request, running_server


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
    # A connection that the killed process had accepted ends without an answer.
    until(lambda: _tried(lambda: answered(server, "identify") == 20))
    until(lambda: _tried(lambda: found.keys() - {("reunite_processes",)} <= read(server).keys()))


def _tried(fact):
    try:
        return fact()
    except OSError:
        return False


def test_an_address_of_their_own_needs_no_key_and_the_port_shows_none(tmp_path):
    key, address = "k" * 32, (HOST, free_port())
    with running_server(
        tmp_path,
        WORKERS="2",
        REUNITE_BOOTSTRAP_KEY=key,
        METRICS_ADDRESS=f"{address[0]}:{address[1]}",
    ) as server:

        def ask(path, port=address[1]):
            with closing(HTTPConnection(HOST, port, timeout=60)) as connection:
                headers = {"Authorization": f"Bearer {key}"} if port != address[1] else {}
                connection.request("GET", path, headers=headers)
                answer = connection.getresponse()
                return answer.status, answer.read().decode()

        until(lambda: _tried(lambda: ask("/metrics")[0] == 200))
        found = {
            (sample.name, *sample.labels.values()): sample.value
            for family in text_string_to_metric_families(ask("/metrics")[1])
            for sample in family.samples
        }
        assert found["reunite_requests_total", "readyz", "200"] >= 1
        assert found["reunite_last_contact_id",] == 0
        assert ask("/identify")[0] == 404
        status, body = ask("/metrics", server.address[1])
        assert (status, json.loads(body)["code"]) == (404, "not_found")
        assert ask("/stats", server.address[1])[0] == 200

        # Another process comes in place of one that is killed.
        (process,) = (
            each
            for each in psutil.Process(server.group).children(recursive=True)
            if any(one.laddr.port == address[1] for one in each.net_connections())
        )
        process.kill()
        process.wait(60)
        until(lambda: _tried(lambda: ask("/metrics")[0] == 200))


def test_every_metric_has_its_type_and_its_help(server):
    text = server.exchange(request(method="GET", path="/metrics", content_type=None)).body.decode()
    told = dict(re.findall(r"^# TYPE (\S+) (\w+)$", text, re.MULTILINE))
    assert told == {each.name: each.kind.value for each in METRICS}
