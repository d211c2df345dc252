"""``reunite example``: a file of orders to try imports with."""

from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from reunite.bulk.arguments import add_example_arguments
from reunite.bulk.example import write_example
from reunite.processes import cleaned_up


class Command(BaseCommand):
    """Write invented orders."""

    help = "Write a CSV file of invented orders, to try imports with."
    requires_system_checks = ()

    def add_arguments(self, parser: CommandParser) -> None:
        """Those of ``reunite example``."""
        add_example_arguments(parser)

    def handle(self, *args: Any, **options: Any) -> None:
        """Write the file."""
        path, rows = Path(options["file"]), options["rows"]
        if rows < 1:
            raise CommandError("--rows is how many orders to write: at least 1")
        try:
            with cleaned_up(lambda: self.stderr.write(f"stopped: {path} is as it was")):
                write_example(path, rows=rows, seed=options["seed"], kinds=options["kinds"])
        except OSError as error:
            raise CommandError(f"{path} cannot be written: {error.strerror}") from error
        self.stdout.write(f"{rows:,} orders written to {path}")
