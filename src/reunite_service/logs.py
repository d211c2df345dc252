"""Logs that hold no personal data."""

import logging
from types import TracebackType

from reunite.causes import traced
from reunite.store.database.waiting import was_turned_away


class AnsweredOnly(logging.Filter):
    """Leaves out what an attempt says that is made again later: nobody gets its answer."""

    def filter(self, record: logging.LogRecord) -> bool:
        """Whether the attempt of this thread, if there is one, was not turned away."""
        return not was_turned_away()


class WithoutValues(logging.Formatter):
    """Shows where an error came from, but not its message: a database puts whole rows into it."""

    def format(self, record: logging.LogRecord) -> str:
        """The message, with the id of the request that it is about, and without its address."""
        request = getattr(record, "request", None)
        line, separator, stack = super().format(record).partition("\n")
        if request is not None:
            match = request.resolver_match
            route = f"/{match.route}" if match else "an unknown address"
            line = line.replace(f": {request.path}", f": {route}")
            line += f" (request {request.META.get('HTTP_X_REQUEST_ID', '-')})"
        return f"{line}{separator}{stack}"

    def formatException(  # noqa: N802  # overrides logging's
        self,
        ei: tuple[type[BaseException], BaseException, TracebackType | None]
        | tuple[None, None, None],
    ) -> str:
        """The stack, the type and the code of the error and of what caused it, innermost last."""
        return traced(ei[1])
