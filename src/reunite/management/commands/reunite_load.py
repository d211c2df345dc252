"""``reunite load``: what `reunite dump` wrote becomes a database."""

import gzip
import zlib
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from django.core.management.base import CommandError

from reunite.management.arguments import add_load_arguments
from reunite.management.command import ReuniteCommand
from reunite.management.progress import Progress
from reunite.management.whole_databases import backed_up
from reunite.processes import cleaned_up
from reunite.services.persons.dumps import load

# Far more than a row can have; what has no end of a line is no dump.
_LINE_MAX_BYTES = 64 * 1024**2
_GZIP = b"\x1f\x8b"


class Command(ReuniteCommand):
    """Load a dump into an empty database."""

    help = "Store what `reunite dump` wrote, under the same ids, in an empty database."
    arguments = staticmethod(add_load_arguments)

    def handle(self, *args: Any, **options: Any) -> None:
        """Load it, whole or not at all."""
        path = Path(options["file"])
        progress = Progress(self.stderr, "rows loaded")
        try:
            if kind := backed_up(path):
                raise CommandError(f"{path} is a backup of {kind}: `reunite restore` restores it")
            with cleaned_up(lambda: self.stderr.write("stopped: nothing was loaded")):
                count = load(_lines(path), on_progress=progress.tell)
        except (EOFError, zlib.error, gzip.BadGzipFile) as error:
            raise CommandError(f"{path} was cut or changed; nothing was loaded") from error
        except OSError as error:
            raise CommandError(f"{path} cannot be read: {error.strerror}") from error
        self.stdout.write(f"{count:,} rows loaded; `reunite check` proves them")


def _lines(path: Path) -> Iterator[bytes]:
    with path.open("rb") as file:
        is_pressed = file.read(len(_GZIP)) == _GZIP
        file.seek(0)
        source = gzip.GzipFile(fileobj=file) if is_pressed else file
        while line := source.readline(_LINE_MAX_BYTES):
            yield line
