"""Writers that wait for a lock that somebody else holds: readers do not wait with them."""

import time
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing

import pytest

from reunite.store.database.locks import gate
from tests.concurrency.load import Request, send_at_once
from tests.concurrency.verification import what_is_wrong
from tests.scopes import SCOPE
from tests.server import request, running_server

KNOWN = Request("known@x.example", "7001")
NEWS = [Request(f"{n}@x.example", f"8{n}") for n in range(8)]
GATE = gate(SCOPE, shared=False).key
READS = ["/healthz", "/readyz", "/persons/1", "/stats"]


@pytest.mark.parametrize("threads", ["1", "2"])
@pytest.mark.parametrize("ends", [True, False], ids=["released", "held"])
def test_readers_are_answered_while_more_writers_wait_than_threads(tmp_path, threads, ends):
    limits = {"THREADS": threads, "LOCK_TIMEOUT_SECONDS": "60" if ends else "4"}
    with running_server(tmp_path, **limits) as server, ThreadPoolExecutor() as senders:
        answers = send_at_once(server.url, [KNOWN])
        with closing(server.database.connect()) as holder:
            holder.execute("BEGIN" if server.database.is_postgresql else "BEGIN IMMEDIATE")
            if server.database.is_postgresql:
                holder.execute("SELECT pg_advisory_xact_lock(%s)", [GATE])
            waiting = senders.submit(send_at_once, server.url, NEWS)
            time.sleep(1)

            assert not waiting.done()
            for _ in range(5):
                for path in READS:
                    assert server.exchange(request(method="GET", path=path)).status == 200
                (known,) = send_at_once(server.url, [KNOWN])
                assert (known.status, known.outcome) == (200, "unchanged")
            if not ends:
                late = waiting.result(timeout=60)
                assert {(each.status, each.body["code"]) for each in late} == {
                    (503, "lock_timeout")
                }
            holder.execute("ROLLBACK")
        if ends:
            answers += waiting.result(timeout=60)
            # Attempts that were put aside are not told as refused.
            assert "503" not in server.log
        else:
            answers += send_at_once(server.url, NEWS)
        assert {answer.status for answer in answers} == {200}
        assert what_is_wrong(server, answers) == []
