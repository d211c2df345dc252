"""``reunite check``: do the stored persons equal what the live evidence says?"""

import sys
import time
from typing import Any

from django.core.management.base import BaseCommand

from reunite.core.identifiers.kinds import LATEST_RULES
from reunite.core.scope import default_scope
from reunite.services.audit.check import check
from reunite.services.policy.change import show_policy

_SECONDS_BETWEEN_LINES = 5.0


class Command(BaseCommand):
    """Print every violation with the ids of its contacts; exit 1 if there is one."""

    help = "Recompute all persons from the live evidence and compare them with the stored persons."
    requires_system_checks = ()

    def handle(self, *args: Any, **options: Any) -> None:
        """Write violations to standard output and progress to standard error."""
        self._started = self._told = time.monotonic()
        self._contacts = found = 0
        for violation in check(on_progress=self._progress):
            found += 1
            ids = " ".join(map(str, violation.contact_ids))
            self.stdout.write(f"{violation.code}: {violation.message} [contacts {ids}]")
        self._tell_of_rules()
        if found:
            self.stdout.write(f"{found:,} violations in {self._contacts:,} contacts")
            sys.exit(1)
        self.stdout.write(f"no violations in {self._contacts:,} contacts")

    def _tell_of_rules(self) -> None:
        version = show_policy(default_scope()).policy.normalization.version
        if version < LATEST_RULES:
            self.stderr.write(
                f"identifiers are read by rules {version}, the latest are {LATEST_RULES}: "
                "`reunite policy upgrade --dry-run` tells what they would change"
            )

    def _progress(self, contacts: int) -> None:
        self._contacts = contacts
        now = time.monotonic()
        if now - self._told >= _SECONDS_BETWEEN_LINES:
            self._told = now
            rate = contacts / (now - self._started)
            self.stderr.write(f"{contacts:,} contacts checked, {rate:,.0f}/s")
