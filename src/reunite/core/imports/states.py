"""How far an import is."""

from enum import StrEnum


class ImportState(StrEnum):
    """The state of an import."""

    WAITING = "waiting"
    RUNNING = "running"
    DONE = "done"
    FAILED = "failed"
    CANCELLED = "cancelled"

    @property
    def is_unfinished(self) -> bool:
        """Whether a worker has something to do for it."""
        return self in (ImportState.WAITING, ImportState.RUNNING)


class ImportStage(StrEnum):
    """The stage of an attempt at an import; empty if no attempt runs."""

    NONE = ""
    READING = "reading"
    PLANNING = "planning"
    LOADING = "loading"
    IMPORTING = "importing"
