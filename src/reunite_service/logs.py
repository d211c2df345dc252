"""Logs that hold no personal data."""

import logging
import traceback
from collections.abc import Iterator
from types import TracebackType


class WithoutValues(logging.Formatter):
    """Shows where an error came from, but not its message: a database puts whole rows into it."""

    def formatException(  # noqa: N802  # overrides logging's
        self,
        ei: tuple[type[BaseException], BaseException, TracebackType | None]
        | tuple[None, None, None],
    ) -> str:
        """The stack and the type of the error and of what caused it, innermost last."""
        return "".join(_lines(ei[1])).rstrip()


def _lines(error: BaseException | None) -> Iterator[str]:
    while error is not None:
        yield f"{type(error).__module__}.{type(error).__qualname__}\n"
        yield from traceback.format_tb(error.__traceback__)
        error = error.__cause__ or error.__context__
