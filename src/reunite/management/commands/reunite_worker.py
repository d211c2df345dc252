"""``reunite worker``: import what was uploaded and tell webhooks, until told to stop."""

from collections.abc import Callable
from typing import Any

from reunite.core.errors import TemporarilyUnavailable
from reunite.extra import has_extra
from reunite.management.arguments import add_worker_arguments
from reunite.management.command import ReuniteCommand
from reunite.management.sending import send_all, sending
from reunite.processes import end_if_told, end_when_told, end_with_parent, pause
from reunite.services.feed.numbers import MAX_NUMBERED, number_all
from reunite.services.imports.uploads import Upload

_PAUSE_SECONDS = 1.0


class Command(ReuniteCommand):
    """Import uploads one after the other, and send messages meanwhile; several workers share."""

    help = "Import uploads and send the messages of webhooks, until SIGINT (Ctrl-C) or SIGTERM."
    arguments = staticmethod(add_worker_arguments)
    _trouble = ""

    def handle(self, *args: Any, **options: Any) -> None:
        """Print the result of each import; an interrupted import goes on next time."""
        end_when_told()
        end_with_parent()
        if not has_extra():
            self.stderr.write("no files are imported, for the extra [bulk] is not installed")
        if options["once"]:
            self._import()
            send_all()
            return
        with sending(self.stderr.write) as sender:
            while True:
                self._import()
                sender.require_working()
                pause(_PAUSE_SECONDS)

    def _import(self) -> None:
        if has_extra():
            from reunite.bulk.helper import helper

            with helper(_import_upload) as started:
                self._work_off(started.attempt)
        end_if_told()

    def _work_off(self, attempt: Callable[[Upload], str | None]) -> None:
        from reunite.bulk.worker import work_off

        try:
            number_all(beyond=MAX_NUMBERED)  # So the first reader of a feed need not.
            work_off(self.stdout.write, attempt)
        except TemporarilyUnavailable as error:
            self._tell_trouble(str(error))
        except OSError as error:
            self._tell_trouble(f"the folder IMPORT_FOLDER cannot be used: {error.strerror}")
        else:
            self._trouble = ""

    def _tell_trouble(self, trouble: str) -> None:
        """Tell it once, however often it comes again."""
        if trouble != self._trouble:
            self._trouble = trouble
            self.stderr.write(trouble)


def _import_upload(upload: Upload) -> str | None:
    from reunite.bulk.attempt import import_upload  # It needs the extra.

    return import_upload(upload)
