"""``reunite prune``: delete what the settings say is kept no longer."""

from datetime import UTC, datetime, timedelta
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from reunite.conf import reunite_settings
from reunite.core.errors import ReuniteError
from reunite.services.feed.prune import prune_events
from reunite.services.imports.pending_uploads import remove_old
from reunite.services.imports.prune import prune_imports
from reunite.services.webhooks.deliveries import prune_deliveries

_PLURALS = {"EVENT": "events", "IMPORT": "imports", "DELIVERY": "deliveries"}


class Command(BaseCommand):
    """Delete old events, imports, deliveries and lists of refused rows."""

    help = (
        "Delete events, imports, deliveries and lists of refused rows that the settings call old."
    )
    requires_system_checks = ()

    def handle(self, *args: Any, **options: Any) -> None:
        """Tell on standard output how many."""
        settings = reunite_settings()
        try:
            for name, days, prune in (
                ("EVENT_RETENTION_DAYS", settings.EVENT_RETENTION_DAYS, prune_events),
                ("IMPORT_RETENTION_DAYS", settings.IMPORT_RETENTION_DAYS, prune_imports),
                ("DELIVERY_RETENTION_DAYS", settings.DELIVERY_RETENTION_DAYS, prune_deliveries),
            ):
                kept = _PLURALS[name.partition("_")[0]]
                if days is None:
                    self.stdout.write(f"{kept}: all are kept, since {name} is not set")
                else:
                    count = prune(before=datetime.now(UTC) - timedelta(days=days))
                    self.stdout.write(f"{kept}: {count:,} older than {days:,} days deleted")
            days = settings.REFUSED_RETENTION_DAYS
            self.stdout.write(
                f"lists of refused rows: {remove_old():,} older than {days:,} days deleted"
            )
        except ReuniteError as error:
            raise CommandError(str(error)) from error
