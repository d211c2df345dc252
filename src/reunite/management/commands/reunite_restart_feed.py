"""``reunite restart-feed``: let followers begin anew, after a restore by other means."""

from typing import Any

from reunite.management.command import ReuniteCommand
from reunite.services.feed.restart import restart_feeds


class Command(ReuniteCommand):
    """Give the change feeds of all workspaces another id."""

    help = (
        "Let all followers of the change feed take a new snapshot. For after the database was "
        "restored by other means than reunite restore, such as pg_restore or a copy of a disk."
    )

    def handle(self, *args: Any, **options: Any) -> None:
        """Say on standard output what follows."""
        restart_feeds()
        self.stdout.write("the change feed has another id: followers take a new snapshot")
