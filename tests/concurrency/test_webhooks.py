"""Workers that are killed lose no message, and a receiver that is down delays no other."""

import json
import threading
from contextlib import closing, suppress
from http.client import HTTPConnection

from psycopg.errors import DeadlockDetected

from tests.receiver import receiver
from tests.server import running_server

EVENTS = 60
# As if all leases and delays were over.
PAST = "UPDATE delivery SET next_attempt_at = '2020-01-01 00:00:00+00:00' WHERE state = 'waiting'"


def ask(server, method, path, body=None):
    with closing(HTTPConnection(*server.address, timeout=60)) as connection:
        content = None if body is None else json.dumps(body)
        connection.request(method, path, content, {"Content-Type": "application/json"})
        answer = connection.getresponse()
        assert answer.status < 300
        return json.loads(answer.read())


def let_all_be_due(server):
    # A worker may hold rows that this statement wants, and want those that it holds.
    with closing(server.database.connect()) as connection, suppress(DeadlockDetected):
        connection.execute(PAST)


def test_workers_that_are_killed_lose_no_message_and_ids_stay_the_same(tmp_path):
    answered = threading.Lock()
    turns = iter(range(10**9))
    hanging = threading.Event()

    def answer(message):
        if message.path == "/slow":
            hanging.wait(60)
        with answered:
            turn = next(turns)
        return None if turn % 10 == 3 else 500 if turn % 10 == 7 else 204

    with running_server(tmp_path) as server, receiver(answer) as received:
        well, slow = (
            ask(server, "POST", "/webhooks", {"url": received.url + path})
            for path in ("well", "slow")
        )
        for n in range(EVENTS):
            ask(server, "POST", "/identify", {"email": f"{n}@x.example"})
        told = []

        def arrived():
            return len(set(received.numbers("/well")))

        with (
            server.running("worker") as one,
            server.running("worker") as two,
            server.running("worker") as last,
        ):
            # Two are killed in the middle of their messages.
            for most, worker in ((15, one), (30, two)):
                received.wait_until(lambda most=most: arrived() >= most)
                worker.kill()
                told += worker.communicate(timeout=60)
            received.wait_until(lambda: is_done(server, well["id"]))
            hanging.set()
            last.terminate()
            told += last.communicate(timeout=60)

        assert set(received.numbers("/well")) == set(range(1, EVENTS + 1))
        assert all(len(ids) == 1 for ids in received.ids_by_number().values())
        assert len({id for ids in received.ids_by_number().values() for id in ids}) == EVENTS
        for message in received.messages:
            message.verified((well if message.path == "/well" else slow)["secret"])
        secrets = [each["secret"] for each in (well, slow)]
        assert not any(each in text for each in secrets for text in (*told, server.log))


def is_done(server, webhook_id):
    """Let what waits be due, and say whether a webhook has all its messages."""
    let_all_be_due(server)
    ((count,),) = server.database.rows(
        f"SELECT count(*) FROM delivery WHERE webhook_id = {webhook_id} AND state = 'delivered'"
    )
    return count == EVENTS
