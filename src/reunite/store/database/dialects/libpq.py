"""Prepared statements straight over libpq, for the statements of every request.

For statements as short as ours psycopg's cursors take four times the processor time of libpq
itself, so these go through ``psycopg.pq``, its documented interface to libpq
(docs/decisions/0007-libpq.md). Everything else stays with psycopg: connecting, the state of the
transaction, reading values, errors.
"""

import re
import time
from collections import deque
from collections.abc import Iterable, Sequence
from datetime import datetime
from itertools import count
from select import POLLIN, POLLOUT, poll
from typing import Any

import orjson
import psycopg
from psycopg.adapt import Transformer
from psycopg.errors import InvalidSqlStatementName, error_from_result
from psycopg.pq import ConnStatus, ExecStatus, Format
from psycopg.pq.abc import PGresult

from reunite.store.database.dialects.base import Row
from reunite.store.database.waiting import NO_ANSWER, deadline


class PreparedStatements:
    """The statements that one connection has prepared so far."""

    def __init__(self, raw: psycopg.Connection) -> None:
        self._pgconn = raw.pgconn
        self._values = Transformer(raw)
        self._names: dict[str, bytes] = {}
        self._numbers = count()
        # The best plan of our statements is the same for all values, and making it takes longer
        # than running it.
        self._deadline = deadline()
        self._pgconn.send_query(b"SET plan_cache_mode = force_generic_plan")
        self._rows(self._only_result())

    def run(self, statements: Sequence[tuple[str, Sequence[object]]]) -> list[list[Row]]:
        """Run SQL with its parameters in one round trip; the rows of each statement.

        Each statement has a snapshot of its own; after an error those that follow are not run.
        Parameters are None, text, numbers, booleans, times, or lists of these.
        Raises psycopg's errors; OperationalError also if this thread may not wait any longer.
        """
        self._deadline = deadline()
        # Of bytes and None, which psycopg's own annotations leave out.
        sent: list[tuple[bytes, list[Any]]] = [
            (self._prepared(sql), [_text(each) for each in params]) for sql, params in statements
        ]
        if len(sent) == 1:
            ((name, params),) = sent
            self._pgconn.send_query_prepared(name, params, result_format=Format.BINARY)
            return [self._rows(self._only_result())]
        self._pgconn.enter_pipeline_mode()
        try:
            for name, params in sent:
                self._pgconn.send_query_prepared(name, params, result_format=Format.BINARY)
            self._pgconn.pipeline_sync()
            self._flush()
            results = [self._next_result() for _ in sent]
            self._next_result()  # The result of the sync.
        finally:
            self._pgconn.exit_pipeline_mode()
        return [self._rows(result) for result in results]

    def _prepared(self, sql: str) -> bytes:
        name = self._names.get(sql)
        if name is None:
            name = b"reunite_%d" % next(self._numbers)
            places = count(1)
            numbered = re.sub("%s", lambda _: f"${next(places)}", sql)
            self._pgconn.send_prepare(name, numbered.encode())
            self._rows(self._only_result())
            self._names[sql] = name
        return name

    def _only_result(self) -> PGresult | None:
        """The result of what was sent outside a pipeline."""
        self._flush()
        result = self._get_result()
        # None ends it; after a lost connection there may be more results before.
        deque(iter(self._get_result, None), maxlen=0)
        return result

    def _next_result(self) -> PGresult | None:
        """The next result in a pipeline. None follows each result, except the result of a sync."""
        result = self._get_result()
        if result is not None and result.status != ExecStatus.PIPELINE_SYNC:
            self._get_result()
        return result

    def _flush(self) -> None:
        while self._pgconn.flush():
            self._wait(POLLIN | POLLOUT)

    def _get_result(self) -> PGresult | None:
        # libpq would wait as well, but without end, and without letting other threads run.
        while self._pgconn.is_busy():
            self._wait(POLLIN)
        return self._pgconn.get_result()

    def _wait(self, events: int) -> None:
        left = None if self._deadline is None else max(0.0, self._deadline - time.monotonic())
        poller = poll()
        poller.register(self._pgconn.socket, events)
        if not poller.poll(None if left is None else left * 1000):
            raise psycopg.OperationalError(NO_ANSWER)
        self._pgconn.consume_input()

    def _rows(self, result: PGresult | None) -> list[Row]:
        if result is not None and result.status == ExecStatus.TUPLES_OK:
            self._values.set_pgresult(result)
            return self._values.load_rows(0, result.ntuples, tuple)
        if result is not None and result.status == ExecStatus.COMMAND_OK:
            return []
        if result is None or self._pgconn.status != ConnStatus.OK:  # pragma: no branch
            # Mostly ``consume_input`` notices first; which of them depends on the moment.
            raise psycopg.OperationalError("the connection was lost")  # pragma: no cover
        error = error_from_result(result)
        if isinstance(error, InvalidSqlStatementName):
            self._names.clear()
        raise error


def array(values: Iterable[object]) -> str:
    """Values in the text format of an array: a parameter that psycopg need not take apart.

    It is JSON in other brackets, but that a backslash there stands for the next character as it is.
    """
    encoded = orjson.dumps(list(values))[1:-1]
    if b"\\" in encoded and any(sign in encoded for sign in _SIGNS_OF_ESCAPES):
        encoded = _JSON_ESCAPE.sub(_unescaped, encoded)
    return f"{{{encoded.decode()}}}"


# Found much faster than by the pattern, which hardly any text needs.
_SIGNS_OF_ESCAPES = [b"\\" + character.encode() for character in "bfnrtu"]
# Behind an even number of backslashes, which are themselves written as in an array.
_JSON_ESCAPE = re.compile(rb"(?<!\\)((?:\\\\)*)(\\(?:[bfnrt]|u[0-9a-f]{4}))")


def _unescaped(found: re.Match[bytes]) -> bytes:
    before, escape = found.groups()
    character: str = orjson.loads(b'"%b"' % escape)
    return before + character.encode()


def _text(value: object) -> bytes | None:
    """A value in PostgreSQL's text format."""
    if isinstance(value, str):
        return value.encode()
    if value is None:
        return None
    if isinstance(value, datetime):
        return value.isoformat().encode()
    if isinstance(value, list):
        return array(value).encode()
    return str(value).encode()
