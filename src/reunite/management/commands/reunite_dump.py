"""``reunite dump``: all that is stored becomes a file that any database can load."""

import gzip
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, BinaryIO

from django.core.management.base import CommandError

from reunite.management.arguments import add_dump_arguments
from reunite.management.command import ReuniteCommand
from reunite.management.progress import Progress
from reunite.outputs import Unusable, require_usable, written_whole
from reunite.processes import cleaned_up
from reunite.services.health import database_files
from reunite.services.persons.dumps import dump

# Contact details compress well; higher levels gain little and take several times as long.
_LEVEL = 3


class Command(ReuniteCommand):
    """Write everything that is stored to a file."""

    help = "Write everything that is stored to a file that `reunite load` takes, on any database."
    arguments = staticmethod(add_dump_arguments)

    def handle(self, *args: Any, **options: Any) -> None:
        """Write the file, of this user alone."""
        path = Path(options["file"])
        progress = Progress(self.stderr, "rows written")
        try:
            require_usable({"FILE": path}, kept=database_files())
            with (
                cleaned_up(lambda: self.stderr.write(f"stopped: {path} is as it was")),
                written_whole(path, mode=0o600) as part,
                _opened(part, is_pressed=path.suffix == ".gz") as file,
            ):
                count = dump(file.write, on_progress=progress.tell)
        except Unusable as error:
            raise CommandError(str(error)) from error
        except OSError as error:
            raise CommandError(f"{path} cannot be written: {error.strerror}") from error
        self.stdout.write(f"{count:,} rows written to {path}")


@contextmanager
def _opened(path: Path, *, is_pressed: bool) -> Iterator[BinaryIO]:
    with path.open("wb") as file:
        if not is_pressed:
            yield file
            return
        with gzip.GzipFile("", "wb", _LEVEL, file, mtime=0) as pressed:
            yield pressed  # type: ignore[misc]  # It writes bytes as any file does.
