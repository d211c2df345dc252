"""``reunite export``: write stored rows to a file."""

from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from reunite.bulk.arguments import add_export_arguments
from reunite.core.imports.files import FORMATS
from reunite.extra import require_extra
from reunite.management.workspaces import scope_of
from reunite.outputs import Unusable, require_new, require_usable
from reunite.processes import cleaned_up
from reunite.services.health import database_files

_ENDINGS = {".csv": "csv", ".jsonl": "jsonl", ".parquet": "parquet"}


class Command(BaseCommand):
    """Write contacts, persons or identifiers to a file."""

    help = "Write contacts, persons or the owners of identifiers to a file."
    requires_system_checks = ()

    def add_arguments(self, parser: CommandParser) -> None:
        """Those of ``reunite export``."""
        add_export_arguments(parser)

    def handle(self, *args: Any, **options: Any) -> None:
        """Write the file."""
        path = Path(options["file"])
        format = options["format"] or _ENDINGS.get(path.suffix.lower())
        if format is None:
            raise CommandError(f"{path} tells no format: say --format {'|'.join(FORMATS)}")
        try:
            if format == "parquet":
                require_extra()
            from reunite.bulk.export import write

            require_usable({"FILE": path}, kept=database_files())
            if not options["force"]:
                require_new(path)
            with cleaned_up(lambda: self.stderr.write(f"stopped: {path} is as it was")):
                count = write(scope_of(options), path, options["table"], format=format)
        except Unusable as error:
            raise CommandError(str(error)) from error
        except OSError as error:
            raise CommandError(f"{path} cannot be written: {error.strerror}") from error
        except ImportError as error:
            raise CommandError(str(error)) from error
        self.stdout.write(f"{count:,} {options['table']} written to {path}")
