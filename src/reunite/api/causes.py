"""What an error came from, without a value: types, and the codes of databases and of systems."""

import errno
from collections.abc import Iterator


def causes(error: BaseException) -> str:
    """The error and what led to it, outermost first, each by its type and its code."""
    return " < ".join(described(each) for each in chain(error))


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
