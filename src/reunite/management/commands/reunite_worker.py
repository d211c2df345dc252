"""``reunite worker``: import what was uploaded, until told to stop."""

import time
from contextlib import suppress
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from reunite.extra import require_extra
from reunite.processes import end_if_told, end_when_told, end_with_parent

_PAUSE_SECONDS = 1.0


class Command(BaseCommand):
    """Import uploads one after the other; several workers share them."""

    help = "Import the files that were sent to POST /imports, until SIGINT (Ctrl-C) or SIGTERM."
    requires_system_checks = ()

    def add_arguments(self, parser: CommandParser) -> None:
        """Whether to go on."""
        parser.add_argument(
            "--once", action="store_true", help="end when nothing is left that can be done now"
        )

    def handle(self, *args: Any, **options: Any) -> None:
        """Tell on standard output what came of each; what is interrupted goes on next time."""
        try:
            require_extra()
        except ImportError as error:
            raise CommandError(str(error)) from error
        from reunite.bulk.worker import work_off

        end_when_told()
        end_with_parent()
        with suppress(KeyboardInterrupt):  # What the engine makes of being told while at work.
            while True:
                work_off(self.stdout.write)
                end_if_told()
                if options["once"]:
                    return
                time.sleep(_PAUSE_SECONDS)
