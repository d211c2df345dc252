"""How far an import is: a bar on a terminal, plain lines elsewhere."""

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Protocol

from rich.console import Console
from rich.progress import (
    BarColumn,
    MofNCompleteColumn,
    Progress,
    TextColumn,
    TimeElapsedColumn,
    TimeRemainingColumn,
)

_SECONDS_BETWEEN_LINES = 5.0

IN_PERCENT = ("reading",)
"""The stages whose progress is in percent, not in rows."""


class Output(Protocol):
    """The output of lines."""

    def isatty(self) -> bool:
        """Whether it is shown on a terminal."""

    def write(self, text: str) -> object:
        """Write a line."""


@contextmanager
def progress(output: Output) -> Iterator[Callable[[str, int, int], None]]:
    """Within the block, show progress: the stage, how much of it is done, and the total."""
    if not output.isatty():
        yield _Lines(output).tell
        return
    columns = (
        TextColumn("{task.description}"),
        BarColumn(),
        MofNCompleteColumn(),
        TextColumn("{task.fields[rate]}"),
        TimeElapsedColumn(),
        TimeRemainingColumn(),
    )
    with Progress(*columns, console=Console(stderr=True), transient=True) as bar:
        task = bar.add_task("", total=None, rate="")

        def tell(what: str, done: int, total: int) -> None:
            speed = bar.tasks[0].speed
            rate = f"{speed:,.0f} rows/s" if speed and done and what not in IN_PERCENT else ""
            bar.update(task, description=what, completed=done, total=total or None, rate=rate)

        yield tell


class _Lines:
    def __init__(self, output: Output) -> None:
        self._output = output
        self._what = ""
        self._began = self._told = 0.0

    def tell(self, what: str, done: int, total: int) -> None:
        now = time.monotonic()
        if what != self._what:
            self._what, self._began, self._told = what, now, now
            self._output.write(what)
        elif now - self._told >= _SECONDS_BETWEEN_LINES and done:
            self._told = now
            rate = done / (now - self._began)
            left = (total - done) / rate
            much = f"{done} %" if what in IN_PERCENT else f"{done:,} of {total:,}, {rate:,.0f}/s"
            self._output.write(f"{what}: {much}, {left:,.0f} s left")
