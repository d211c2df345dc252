"""``reunite check``: do the stored persons equal what the live evidence says?"""

import sys
from typing import Any

from reunite.core.identifiers.kinds import LATEST_RULES
from reunite.core.scope import Scope, default_scope
from reunite.management.arguments import add_check_arguments
from reunite.management.command import ReuniteCommand
from reunite.management.progress import Progress
from reunite.management.workspaces import scope_of
from reunite.services.audit.check import check
from reunite.services.policy.change import show_policy


class Command(ReuniteCommand):
    """Print every violation with the ids of its contacts; exit 1 if there is one."""

    arguments = staticmethod(add_check_arguments)
    help = "Recompute all persons from the live evidence and compare them with the stored persons."

    def handle(self, *args: Any, **options: Any) -> None:
        """Write violations to standard output and progress to standard error."""
        progress = Progress(self.stderr, "contacts checked")
        found = 0
        scope = scope_of(options) if options["workspace"] else None
        for violation in check(scope, on_progress=progress.tell):
            found += 1
            ids = " ".join(map(str, violation.contact_ids))
            self.stdout.write(f"{violation.code}: {violation.message} [contacts {ids}]")
        self._tell_of_rules(scope or default_scope())
        if found:
            self.stdout.write(f"{found:,} violations in {progress.count:,} contacts")
            sys.exit(1)
        self.stdout.write(f"no violations in {progress.count:,} contacts")

    def _tell_of_rules(self, scope: Scope) -> None:
        version = show_policy(scope).policy.normalization.version
        if version < LATEST_RULES:
            self.stderr.write(
                f"identifiers are read by rules {version}, the latest are {LATEST_RULES}: "
                "`reunite policy upgrade --dry-run` tells what they would change"
            )
