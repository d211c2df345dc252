"""No log and no stored message holds a value that came through any operation."""

import json
from contextlib import closing
from itertools import cycle
from urllib.parse import quote

import pytest

from tests.api.operations import JSON, OPERATIONS
from tests.marks import MARKS, lines_with_marks
from tests.server import REUNITE, request, running_server

# What granian writes to standard output goes to the log of the test, too.
_BOTH_OUTPUTS = ("/bin/sh", "-c", 'exec "$0" serve >&2', REUNITE[0])
_QUERY = ("limit", "after", "state", "email", "name")


@pytest.fixture
def server(tmp_path, request):
    # Both forms of the log: one test has the one, the next the other.
    form = "json" if "tables_are_gone" in request.node.name else "text"
    variables = {"LOCK_TIMEOUT_SECONDS": "1", "LOG_FORMAT": form}
    with running_server(tmp_path, command=_BOTH_OUTPUTS, **variables) as server:
        yield server


def requests_of(operation, marks):
    """Requests that carry the marks in all places of an operation, well-formed and broken."""
    method = operation.method.upper()
    media_type = operation.media_type or JSON
    headers = [
        f"User-Agent: {marks.email}",
        f"Referer: http://x.example/{marks.name}?{marks.phone}",
        f"X-{marks.name}: {marks.email}",
        f"X-Request-Id: {marks.email}",
    ]

    def made(body=b"", *, path=operation.address, type=media_type, more=()):
        return request(body, method=method, path=path, content_type=type, headers=[*headers, *more])

    named = [each["name"] for each in operation.parameters]
    for value in marks.all:
        escaped = quote(value, safe="")
        asked = "&".join(f"{name}={escaped}" for name in (*named, *_QUERY))
        yield made(path=f"{operation.address}?{asked}")
        for name in named:
            yield made(path=f"{operation.address}?{name}={escaped}")
        yield made(path=f"{operation.address}?{escaped}=1")
        yield made(path=f"{operation.address}/{escaped}")
        yield made(path=operation.path.replace("{id}", escaped))
        yield made(value.encode())
        yield made(b"{}", type=f"text/{marks.name}")
        for _, properties in operation.bodies:
            yield made(json.dumps(dict.fromkeys(properties, value)).encode())
            yield made(
                json.dumps({value: value, **{each: [value] for each in properties}}).encode()
            )
    digits = marks.phone[1:]
    yield made(path=operation.path.replace("{id}", digits))
    yield made(json.dumps({"email": marks.email, "phoneNumber": marks.phone}).encode())
    yield made(f'{{"email": "{marks.email}", "phoneNumber": '.encode())
    yield made(f'{{"email": "{marks.email}\\ud800"}}'.encode())
    yield made(json.dumps({"requests": [{"email": marks.email}, {"email": marks.name}]}).encode())
    yield made(b"{}", more=["Origin: http://" + marks.name + ".example"])
    yield made(b"{}", more=[f"Content-Encoding: {marks.name}"])
    yield request(b"{}", method=method, path=operation.address, host=f"{marks.name}.example")


def send_through_all(server):
    """Send the marks through each operation of the document; the statuses of the answers."""
    statuses = set()
    for operation, marks in zip(OPERATIONS, cycle(MARKS), strict=False):
        for sent in requests_of(operation, marks):
            statuses.add(server.exchange(sent).status)
    return statuses


def refuse_rows(database, marks):
    """Let the database refuse each new contact, and say the whole row."""
    with closing(database.connect()) as connection:
        if database.is_postgresql:
            connection.execute("ALTER TABLE contact ADD CHECK (created_at IS NULL) NOT VALID")
        else:
            connection.execute(
                "CREATE TRIGGER refused BEFORE INSERT ON contact "
                f"BEGIN SELECT RAISE(ABORT, 'Failing row contains {marks.email}'); END"
            )


def told_by(server):
    """Whatever the server wrote or keeps that is no contact: logs, events, and what files said."""
    rows = server.database.rows("SELECT type, payload FROM event")
    rows += server.database.rows("SELECT reason, notes FROM import")
    return "\n".join([server.log, *map(repr, rows)])


def test_no_operation_tells_a_value_in_a_log_or_an_event(server):
    statuses = send_through_all(server)

    assert {200, 400, 403, 404, 415} <= statuses
    assert 500 not in statuses
    assert lines_with_marks(told_by(server)) == []


def test_no_operation_tells_a_value_when_the_database_refuses_its_rows(server):
    refuse_rows(server.database, MARKS[0])

    statuses = send_through_all(server)

    assert 500 in statuses
    assert "IntegrityError" in server.log or "CheckViolation" in server.log
    assert lines_with_marks(told_by(server)) == []


def test_no_operation_tells_a_value_when_the_tables_are_gone(server):
    with closing(server.database.connect()) as connection:
        for table in ("contact", "import", "event", "link", "separation", "repair"):
            connection.execute(f"ALTER TABLE {table} RENAME TO {table}_elsewhere")

    assert 500 in send_through_all(server)
    assert "Internal Server Error" in server.log
    assert lines_with_marks(server.log) == []
