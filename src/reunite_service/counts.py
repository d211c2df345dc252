"""The folder in which the processes of a server share what they count."""

import os
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from reunite.counting import share

_FOLDER = "REUNITE_COUNTS"
"""The variable by which the first process tells the others."""


@contextmanager
def counts_folder() -> Iterator[None]:
    """Within the block, processes that are started share their counts."""
    with tempfile.TemporaryDirectory(prefix="reunite-counts-", ignore_cleanup_errors=True) as name:
        os.environ[_FOLDER] = name
        try:
            yield
        finally:
            del os.environ[_FOLDER]


def share_counts() -> None:
    """Let this process share its counts, if a server has started it."""
    if folder := os.environ.get(_FOLDER):
        share(Path(folder))
