"""``reunite prune``: delete what the settings say is kept no longer."""

from datetime import UTC, datetime, timedelta
from typing import Any

from reunite.conf import reunite_settings
from reunite.management.command import ReuniteCommand
from reunite.services.feed.prune import prune_events
from reunite.services.imports.pending_uploads import remove_old
from reunite.services.imports.prune import prune_imports
from reunite.services.webhooks.deliveries import prune_deliveries


class Command(ReuniteCommand):
    """Delete old events, imports, deliveries and lists of refused rows."""

    help = (
        "Delete events, imports, deliveries and lists of refused rows that the settings call old."
    )

    def handle(self, *args: Any, **options: Any) -> None:
        """Tell on standard output how many."""
        settings = reunite_settings()
        for rows, name, prune in (
            ("events", "EVENT_RETENTION_DAYS", prune_events),
            ("imports", "IMPORT_RETENTION_DAYS", prune_imports),
            ("deliveries", "DELIVERY_RETENTION_DAYS", prune_deliveries),
        ):
            days = getattr(settings, name)
            if days is None:
                self.stdout.write(f"{rows}: all are kept, since {name} is not set")
            else:
                count = prune(before=datetime.now(UTC) - timedelta(days=days))
                self.stdout.write(f"{rows}: {count:,} older than {days:,} days deleted")
        days = settings.REFUSED_RETENTION_DAYS
        self.stdout.write(
            f"lists of refused rows: {remove_old():,} older than {days:,} days deleted"
        )
