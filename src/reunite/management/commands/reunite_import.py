"""``reunite import``: files in, persons out."""

from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from reunite.bulk.arguments import add_import_arguments
from reunite.core.errors import ReuniteError
from reunite.extra import require_extra
from reunite.management.workspaces import scope_of
from reunite.processes import cleaned_up
from reunite.services.persons.statistics import PersonStatistics, person_statistics

_REFUSED = "refused.csv"
_GOES_ON = "the same command goes on from where it was"
_IS_DONE = "all rows are imported, only the summary is not complete"


class Command(BaseCommand):
    """Import files, and say what came of them."""

    help = "Import CSV, JSONL or Parquet files as if each row had been sent to /identify in order."
    requires_system_checks = ()
    _are_all_imported = False

    def add_arguments(self, parser: CommandParser) -> None:
        """Those of ``reunite import``."""
        add_import_arguments(parser)

    def handle(self, *args: Any, **options: Any) -> None:
        """Write what came of it to standard output and progress to standard error."""
        try:
            require_extra()
        except ImportError as error:
            raise CommandError(str(error)) from error
        from reunite.bulk.stopped import Stopped

        try:
            with cleaned_up(lambda: self.stderr.write(f"stopped: {self._rest(options)}")):
                self._import(options)
        except (ImportError, ValueError, Stopped, ReuniteError) as error:
            raise CommandError(str(error)) from error
        except OSError as error:
            name = error.filename or "a file"
            raise CommandError(f"{name} cannot be used: {error.strerror}") from error

    def _rest(self, options: dict[str, Any]) -> str:
        """What an interruption leaves."""
        if options["dry_run"]:
            return "nothing was written"
        return _IS_DONE if self._are_all_imported else _GOES_ON

    def _import(self, options: dict[str, Any]) -> None:
        from reunite.bulk.chart import require_drawable
        from reunite.bulk.imports import Request, run
        from reunite.bulk.job import Report
        from reunite.bulk.max_refused import MaxRefused
        from reunite.bulk.progress import progress
        from reunite.core.imports.files import Columns, Form

        dry_run = options["dry_run"]
        refused = options["refused"] or (None if dry_run else _REFUSED)
        chart = Path(options["chart"]) if options["chart"] else None
        if chart:
            require_drawable(chart)
        bearable = options["max_refused"]
        request = Request(
            options["files"],
            Columns(
                tuple(options["email"]),
                tuple(options["phone"]),
                options["created_at"],
                options["external_id"],
                options["source"],
                identifiers=tuple(options["identifier"]),
            ),
            format=options["format"],
            form=Form(
                options["skip_lines"],
                options["encoding"],
                options["date_format"],
                has_times=not options["no_created_at"],
            ),
            memory=options["memory"],
            refused=Path(refused) if refused else None,
            max_refused=MaxRefused.read(bearable) if bearable else MaxRefused(),
            dry_run=dry_run,
            master=options["master"] if options["engine"] == "spark" else None,
            outputs={"--chart": chart} if chart else {},
        )
        scope = scope_of(options)
        with progress(self.stderr) as tell:
            report: Report = run(scope, request, tell=tell, say=self.stdout.write)
        self._are_all_imported = True
        self._tell(report, refused, is_dry=dry_run)
        if dry_run:
            return
        if report.is_first or options["statistics"] or chart:
            statistics = person_statistics(scope)
            self._tell_statistics(statistics)
            if chart:
                from reunite.bulk.chart import draw_sizes

                draw_sizes(chart, statistics)
                self.stdout.write(f"persons by size drawn to {chart}")

    def _tell(self, report: Any, refused: str | None, *, is_dry: bool) -> None:
        say = self.stdout.write
        say(f"{report.rows:,} rows" + (" (dry run: nothing is written)" if is_dry else ""))
        say(f"  {report.contacts:,} new contacts")
        say(f"  {report.new_persons:,} new persons, before {report.merges:,} merges")
        if report.held:
            say(f"  {report.held:,} merges held for review")
        if report.replayed_persons:
            say(f"  {report.replayed_persons:,} groups of rows for guards to decide on, one by one")
        if report.largest:
            say(f"  largest persons: {', '.join(map('{:,}'.format, report.largest))} contacts")
        self._tell_refused("rows refused", report.refused, refused)
        if report.left_out:
            self._tell_refused("rows taken without a value", report.left_out, refused)

    def _tell_refused(self, what: str, counts: dict[str, int], listed_in: str | None) -> None:
        total = sum(counts.values())
        where = f", listed in {listed_in}" if total and listed_in else ""
        self.stdout.write(f"  {total:,} {what}{where}")
        for reason, count in counts.items():
            self.stdout.write(f"    {reason}: {count:,}")

    def _tell_statistics(self, statistics: PersonStatistics) -> None:
        say = self.stdout.write
        persons = sum(statistics.sizes.values())
        say(f"{persons:,} persons, by contacts:")
        for label, count in _by_size(statistics.sizes):
            say(f"  {label:>11}  {count:>12,}  {count / persons:6.1%}")
        say("largest: " + ", ".join(f"person {id} ({n:,})" for id, n in statistics.largest))
        emails, phones = statistics.hubs["email"], statistics.hubs["phone"]
        say(f"hubs: {emails:,} emails and {phones:,} phone numbers that many contacts carry")
        shown = ", ".join(map(str, statistics.suspicious))
        say(
            f"suspicious: {statistics.suspicious_count:,} persons with many identifiers"
            + (f": {shown}" if shown else "")
        )


def _by_size(sizes: dict[int, int]) -> list[tuple[str, int]]:
    """Persons in classes of size, each twice as wide as the one before."""
    classes: dict[int, int] = {}
    for size, count in sizes.items():
        power = size.bit_length()
        classes[power] = classes.get(power, 0) + count
    return [
        ("1" if power == 1 else f"{1 << power - 1}-{(1 << power) - 1}", count)
        for power, count in sorted(classes.items())
    ]
