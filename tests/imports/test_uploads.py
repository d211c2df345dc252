"""Files sent to a real server become the persons that their rows, sent in order, would become."""

import gzip
import json
import time
from contextlib import closing
from http.client import HTTPConnection

import pytest

from tests.server import request, running_server

PATIENCE_SECONDS = 60


@pytest.fixture
def server(tmp_path):
    with running_server(tmp_path, IMPORT_WORKER="1") as server:
        yield server


def ask(server, method, path, body=None, *, content_type="application/octet-stream"):
    connection = HTTPConnection(*server.address, timeout=30)
    with closing(connection):
        headers = {"Content-Type": content_type} if body is not None else {}
        connection.request(method, path, body, headers)
        response = connection.getresponse()
        return response.status, response.headers, response.read()


def upload(server, path, body, **how):
    status, headers, content = ask(server, "POST", path, body, **how)
    return status, headers, json.loads(content)


def until(server, id, fact):
    deadline = time.monotonic() + PATIENCE_SECONDS
    while time.monotonic() < deadline:
        found = json.loads(ask(server, "GET", f"/imports/{id}")[2])
        if fact(found):
            return found
        time.sleep(0.05)
    raise AssertionError(f"{found}\n{server.log}")


def is_over(found):
    return found["state"] in ("done", "failed")


def csv_of(rows):
    lines = [f"{email or ''},{phone or ''}" for email, phone in rows]
    return "\n".join(["mail,tel", *lines, ""]).encode()


def persons(server):
    """What is known of each person, whatever its ids."""
    found = {}
    for contact in server.database.contacts():
        found.setdefault(contact.linked_id or contact.id, []).append(
            (contact.email or "", contact.phone_number or "")
        )
    return sorted(sorted(each) for each in found.values())


ROWS = [
    ("george@hillvalley.edu", "919191"),
    ("biffsucks@hillvalley.edu", "717171"),
    ("George@HillValley.edu", "717171"),
    ("mcfly", "5"),
    (None, None),
    ("lorraine@hillvalley.edu", None),
]


def test_a_file_that_is_sent_becomes_the_persons_of_its_rows(server, tmp_path):
    path = "/imports?name=orders.csv.gz&email=mail&phone=tel"

    status, headers, waiting = upload(server, path, gzip.compress(csv_of(ROWS)))

    assert (status, headers["Location"]) == (202, f"/imports/{waiting['id']}")
    assert (waiting["name"], waiting["state"]) == ("orders.csv.gz", "waiting")
    done = until(server, waiting["id"], is_over)
    counts = ("state", "rows", "refused", "contacts", "merges", "reason")
    assert [done[each] for each in counts] == ["done", 6, 2, 3, 1, ""]
    status, headers, refused = ask(server, "GET", f"/imports/{done['id']}/refused")
    assert (status, headers["Content-Type"]) == (200, "text/csv")
    assert refused.decode().splitlines() == [
        "file,line,reason",
        "orders.csv.gz,5,invalid_email",
        "orders.csv.gz,6,no_identifier",
    ]
    assert [each.name for each in (tmp_path / "imports").iterdir()] == [f"{done['id']}.refused.csv"]
    by_file = persons(server)
    with running_server(tmp_path_of(tmp_path, "other")) as other:
        for email, phone in ROWS:
            body = json.dumps({"email": email, "phoneNumber": phone}).encode()
            other.exchange(request(body))
        assert persons(other) == by_file
    assert server.check().returncode == 0


def tmp_path_of(tmp_path, name):
    folder = tmp_path / name
    folder.mkdir()
    return folder
