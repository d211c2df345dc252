"""The errors that end a process, each in one line."""

import sqlite3
import sys
from collections.abc import Iterator
from contextlib import contextmanager

from django.core.exceptions import ImproperlyConfigured
from django.core.management import CommandError
from django.db import DatabaseError, InterfaceError

from reunite.causes import chain, described, hide_messages, traced
from reunite.core.errors import DatabaseUnavailable, ReuniteError
from reunite_service.unusable import remedy

_OF_DATABASE = (DatabaseUnavailable, DatabaseError, InterfaceError, sqlite3.Error)


@contextmanager
def told_in_one_line() -> Iterator[None]:
    """End the process, with an exit code that is not 0, where the block fails.

    Messages of errors that are not Reunite's own may hold anything, so they are hidden.
    """
    from environs import EnvError  # It needs the extra [service].

    hide_messages()
    try:
        yield
    except _OF_DATABASE as error:
        sys.exit(
            f"reunite: the database cannot be used ({described(_innermost(error))}): "
            f"{remedy(error)}."
        )
    except (EnvError, ImproperlyConfigured, CommandError, ReuniteError) as error:
        sys.exit(f"reunite: {_one_line(error)}")
    except KeyboardInterrupt:
        sys.exit(130)
    except Exception as error:  # noqa: BLE001  # Its message may hold anything.
        sys.exit(f"reunite: an error that is not foreseen stopped it.\n{traced(error)}")


def _innermost(error: BaseException) -> BaseException:
    """The error of the database's driver, if it was called."""
    *_, last = (each for each in chain(error) if isinstance(each, _OF_DATABASE))
    return last


def _one_line(error: BaseException) -> str:
    return " ".join(str(error).split()).rstrip(".")
