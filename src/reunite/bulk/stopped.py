"""Why an import cannot go on, in words that hold no value, no path of the machine and no library.

Libraries raise errors of their own, whose messages hold all of these.
"""

import errno
import logging
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass

import duckdb
import pyarrow as pa
from django.db import Error as DatabaseError

from reunite.causes import chain, traced
from reunite.core.errors import ReuniteError
from reunite.core.imports.files import Unreadable
from reunite.core.imports.parameters import with_parameters
from reunite.outputs import Unusable
from reunite.processes import end_if_told

_FULL = (errno.ENOSPC, errno.EDQUOT)
_OUT_OF_MEMORY = (duckdb.OutOfMemoryException, MemoryError, pa.ArrowMemoryError)
_FULL_WORDS = ("no space left", "disk is full", "disk quota", "out of disk space", "max_temp_dir")
_log = logging.getLogger(__name__)


class Stopped(Exception):
    """An import that cannot go on; the message says why and what to do."""


@dataclass(frozen=True, slots=True)
class Means:
    """What gives an import memory and room, as its user knows it, and what says how to read files.

    ``worded`` words a message that names options.
    """

    memory: str
    room: str
    worded: Callable[[str], str] = str


COMMAND = Means("--memory", "the folder for temporary files (TMPDIR)")
WORKER = Means("the setting IMPORT_MEMORY", "the folder IMPORT_FOLDER", with_parameters)


@contextmanager
def explained(means: Means) -> Iterator[None]:
    """Within the block, errors of libraries become Stopped; ours stay, and so do interruptions."""
    try:
        yield
    except (ReuniteError, Stopped, Unreadable, Unusable, ImportError):
        raise
    except Exception as error:
        end_if_told()  # Then it is what a library made of that.
        _log.debug("an import stopped: %s", traced(error))
        raise Stopped(reason_of(error, means)) from error


def reason_of(error: BaseException, means: Means) -> str:
    """Why an error of a library stopped an import, and what to do."""
    causes = list(chain(error))
    if any(is_full(each) for each in causes):
        return (
            f"No room is left on the disk: see that {means.room} and the "
            "database have some, and try again."
        )
    if any(isinstance(each, _OUT_OF_MEMORY) for each in causes):
        return (
            f"It needs more memory than it may have: allow more with {means.memory}, or divide "
            "the file."
        )
    if any(isinstance(each, DatabaseError) for each in causes):
        return f"The database refused a statement ({type(error).__name__}): see its log."
    if isinstance(error, OSError) and error.strerror:
        return f"A file cannot be used ({error.strerror}): see to {means.room}, and try again."
    return (
        f"An error that is not foreseen ({type(error).__name__}) stopped it: see that the machine "
        f"has memory and {means.room} has room, and try again, perhaps in parts."
    )


def is_of_the_machine(error: BaseException) -> bool:
    """Whether the machine lacks room or memory: then nothing is wrong with a file."""
    return isinstance(error, _OUT_OF_MEMORY) or is_full(error)


def is_full(error: BaseException) -> bool:
    """Whether an error says that a disk is full."""
    if isinstance(error, OSError) and error.errno in _FULL:
        return True
    return any(words in str(error).lower() for words in _FULL_WORDS)
