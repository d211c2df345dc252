"""Logs that hold no personal data."""

import logging
from datetime import UTC, datetime
from types import TracebackType

import orjson

from reunite.causes import traced
from reunite.store.database.waiting import was_turned_away


class AnsweredOnly(logging.Filter):
    """Leaves out the log of an attempt that is repeated later: its answer is not sent."""

    def filter(self, record: logging.LogRecord) -> bool:
        """Whether the attempt of this thread, if there is one, was not turned away."""
        return not was_turned_away()


class WithoutValues(logging.Formatter):
    """Shows the origin of an error, but not its message: databases put whole rows into messages."""

    def format(self, record: logging.LogRecord) -> str:
        """The message, with the id of the request that it is about, and without its address."""
        line, separator, stack = self.without_address(record).partition("\n")
        request_id = request_id_of(record)
        about = "" if request_id is None else f" (request {request_id})"
        return f"{line}{about}{separator}{stack}"

    def without_address(self, record: logging.LogRecord) -> str:
        """The message and the stack, with the route in place of the address of a request."""
        request = getattr(record, "request", None)
        line, separator, stack = super().format(record).partition("\n")
        if request is not None:
            match = request.resolver_match
            route = f"/{match.route}" if match else "an unknown address"
            line = line.replace(f": {request.path}", f": {route}")
        return f"{line}{separator}{stack}"

    def formatException(  # noqa: N802  # overrides logging's
        self,
        ei: tuple[type[BaseException], BaseException, TracebackType | None]
        | tuple[None, None, None],
    ) -> str:
        """The stack, the type and the code of the error and of what caused it, innermost last."""
        return traced(ei[1])


class AsJSON(WithoutValues):
    """The same as a JSON object in each line."""

    def format(self, record: logging.LogRecord) -> str:
        """The members that are known."""
        message, _, stack = self.without_address(record).partition("\n")
        told = {
            "time": datetime.fromtimestamp(record.created, UTC),
            "level": record.levelname,
            "logger": record.name,
            "message": message,
            "requestId": request_id_of(record),
            "stack": stack or None,
        }
        known = {name: value for name, value in told.items() if value is not None}
        return orjson.dumps(known, option=orjson.OPT_UTC_Z).decode()


def request_id_of(record: logging.LogRecord) -> str | None:
    """The id of the request that a record is about; None if it is about none."""
    request = getattr(record, "request", None)
    return None if request is None else request.META.get("HTTP_X_REQUEST_ID", "-")
