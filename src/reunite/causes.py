"""What an error came from, without a value: types, and the codes of databases and of systems.

The message of an error may hold anything: databases put whole rows into theirs, libraries the value
that they could not read. So no message of an error that is not Reunite's own is ever written.
"""

import errno
import sys
import threading
import warnings
from collections.abc import Iterator
from pathlib import Path
from traceback import format_tb
from types import TracebackType


def causes(error: BaseException) -> str:
    """The error and what led to it, outermost first, each by its type and its code."""
    return " < ".join(described(each) for each in chain(error))


def traced(error: BaseException | None) -> str:
    """The type, the code and the stack of the error and of what led to it, innermost last."""
    return "".join(
        f"{described(each)}\n{''.join(format_tb(each.__traceback__))}" for each in chain(error)
    ).rstrip()


def chain(error: BaseException | None) -> Iterator[BaseException]:
    """The error, and what each came from."""
    while error is not None:
        yield error
        error = error.__cause__ or error.__context__


def described(error: BaseException) -> str:
    """The type of an error, and its code if it has one, as in ``OSError (ENOSPC)``."""
    kind = type(error)
    code = (
        getattr(error, "sqlstate", None)
        or getattr(error, "sqlite_errorname", None)
        or errno.errorcode.get(getattr(error, "errno", None) or 0)
    )
    return f"{kind.__module__}.{kind.__qualname__}" + (f" ({code})" if code else "")


def hide_messages() -> None:
    """Let this process write uncaught errors and warnings by their types and places alone."""
    sys.excepthook = _tell_uncaught
    sys.unraisablehook = _tell_unraisable
    threading.excepthook = _tell_thread
    warnings.showwarning = _tell_warning


def _tell_uncaught(
    kind: type[BaseException], error: BaseException, stack: TracebackType | None
) -> None:
    _tell(traced(error))


def _tell_unraisable(found: "sys.UnraisableHookArgs") -> None:
    _tell(f"ignored: {traced(found.exc_value) or found.exc_type.__qualname__}")


def _tell_thread(found: threading.ExceptHookArgs) -> None:
    if not issubclass(found.exc_type, SystemExit):
        _tell(f"a thread ended: {traced(found.exc_value) or found.exc_type.__qualname__}")


def _tell_warning(  # noqa: PLR0917  # Python's own.
    message: Warning | str,
    category: type[Warning],
    filename: str,
    lineno: int,
    file: object = None,
    line: str | None = None,
) -> None:
    _tell(f"{Path(filename).name}:{lineno}: {category.__name__}")


def _tell(words: str) -> None:
    # A process without standard error has nowhere to tell it.
    if sys.stderr is not None:
        print(f"reunite: {words}", file=sys.stderr)  # noqa: T201  # The place of last resort.
