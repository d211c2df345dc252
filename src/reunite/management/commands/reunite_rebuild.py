"""``reunite rebuild``: derive all persons anew, and write what is stored otherwise."""

from collections.abc import Sequence
from typing import Any

from reunite.management.arguments import add_rebuild_arguments
from reunite.management.command import ReuniteCommand
from reunite.management.progress import Progress
from reunite.management.workspaces import scope_of
from reunite.services.audit.rebuild import rebuild

_MAX_IDS = 20


class Command(ReuniteCommand):
    """Print what was stored otherwise than the evidence says, by ids."""

    help = "Make all persons what contacts, links and the policy say; dry runs only tell."
    arguments = staticmethod(add_rebuild_arguments)

    def handle(self, *args: Any, **options: Any) -> None:
        """Rebuild, or tell."""
        progress = Progress(self.stderr, "contacts read")
        found = rebuild(scope_of(options), dry_run=options["dry_run"], on_progress=progress.tell)
        self.stdout.write(f"{found.contacts:,} contacts read")
        self._tell(found.rekeyed, "contacts match by a wrong value")
        self._tell(found.relinked, "contacts are of a wrong person")
        self._tell(found.links, "links count, or do not, without a reason")
        if found.relisted:
            self.stdout.write(f"{len(found.relisted):,} contacts have other rows of identifiers")
        if found.renamed_retired:
            self.stdout.write(f"{found.renamed_retired:,} retired identifiers have another name")
        for sample in found.effects.samples:
            before, after = (
                " ".join(f"{each.person_id} ({each.contacts:,})" for each in side)
                for side in (sample.before, sample.after)
            )
            self.stdout.write(f"  persons {before} should be {after}")
        if found.changes_nothing:
            self.stdout.write("all is as the evidence says")
        elif options["dry_run"]:
            self._tell(found.kept_apart, "separations stand against it")
            self.stdout.write("nothing was written")
        else:
            self.stdout.write("all of this was put right")

    def _tell(self, ids: Sequence[int], what: str) -> None:
        if ids:
            named = " ".join(map(str, ids[:_MAX_IDS]))
            more = " …" if len(ids) > _MAX_IDS else ""
            self.stdout.write(f"{len(ids):,} {what} [{named}{more}]")
