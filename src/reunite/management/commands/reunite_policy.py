"""``reunite policy``: show the policy, apply another one, or forget one that is being prepared.

``upgrade`` applies the policy in force by the latest rules for identifiers.
"""

import json
from pathlib import Path
from typing import Any

from django.core.management.base import CommandError

from reunite.core.errors import FieldError, InvalidPolicy
from reunite.core.imports.records.naming import is_name
from reunite.core.policy.policy import Policy
from reunite.core.policy.presets import preset_of
from reunite.core.policy.rules import rules_of
from reunite.core.repair.effects import Size
from reunite.core.repeated_keys import repeated_keys
from reunite.core.scope import Scope
from reunite.management.arguments import add_policy_arguments
from reunite.management.command import ReuniteCommand
from reunite.management.progress import Progress
from reunite.management.workspaces import scope_of
from reunite.services.policy.change import read_policy, show_policy, with_latest_rules
from reunite.services.policy.job import apply_policy, cancel_policy
from reunite.services.policy.simulate import Persons, Simulated, simulate


class Command(ReuniteCommand):
    """Each action prints its result to standard output, and progress to standard error."""

    help = "Show the policy in force, apply one, or cancel the one that is being prepared."
    arguments = staticmethod(add_policy_arguments)

    def handle(self, *args: Any, **options: Any) -> None:
        """Do what was asked."""
        scope = scope_of(options)
        match options["action"]:
            case "show":
                self._show(scope)
            case "apply":
                self._apply(scope, _read(scope, Path(options["file"])), dry_run=options["dry_run"])
            case "upgrade":
                self._upgrade(scope, dry_run=options["dry_run"])
            case "cancel":
                found = cancel_policy(scope)
                self.stdout.write("cancelled" if found else "no policy is being prepared")

    def _show(self, scope: Scope) -> None:
        shown = show_policy(scope)
        name = preset_of(shown.policy) or "no preset"
        since = f" since {shown.created_at:%Y-%m-%d %H:%M} UTC" if shown.created_at else ""
        self.stderr.write(f"version {shown.version} ({name}){since}")
        if shown.prepared is not None:
            self.stderr.write(
                f"version {shown.prepared.version} is being prepared, "
                f"up to contact {shown.prepared.staged_up_to}"
            )
        self.stdout.write(json.dumps(rules_of(shown.policy), indent=2, ensure_ascii=False))

    def _upgrade(self, scope: Scope, *, dry_run: bool) -> None:
        policy = show_policy(scope).policy
        latest = with_latest_rules(policy)
        if policy == latest:
            self.stdout.write("the latest rules for identifiers are in force")
        else:
            self._apply(scope, latest, dry_run=dry_run)

    def _apply(self, scope: Scope, policy: Policy, *, dry_run: bool) -> None:
        if dry_run:
            self._tell(simulate(scope, policy))
            return
        applied = apply_policy(
            scope, policy, on_progress=Progress(self.stderr, "contacts read").tell
        )
        self.stdout.write(f"version {applied.version} is in force")
        self.stdout.write(f"{applied.rekeyed:,} contacts match by something else")
        if applied.rekeyed:
            self.stdout.write(
                f"{applied.persons_before:,} persons were concerned, "
                f"and are {applied.persons_after:,} now"
            )

    def _tell(self, found: Simulated) -> None:
        self.stdout.write(
            f"{found.rekeyed:,} of {found.contacts:,} contacts would match by something else"
        )
        for reason, count in sorted(found.uncounted.items()):
            self.stdout.write(f"{count:,} values would not count: {reason}")
        largest = _size(found.largest_before)
        self.stdout.write(f"before: {found.persons_before:,} persons{largest}")
        self._tell_of("after", found.after)
        for kind, count in found.over_limit.items():
            if count:
                self.stdout.write(f"{count:,} persons would have more {kind}s than the limit")
        if found.hubs is not None:
            self.stdout.write(f"{found.hubs.count:,} identifiers would be retired as hubs:")
            for hub in found.hubs.hubs:
                ids = " ".join(map(str, hub.contact_ids))
                self.stdout.write(f"  {hub.kind} of {hub.contacts:,} contacts [contacts {ids}]")
            self._tell_of("after, without them", found.hubs.persons)
        if found.kept_apart:
            ids = " ".join(map(str, found.kept_apart))
            self.stdout.write(f"cannot be applied: separations stand against it [{ids}]")
        self.stdout.write("nothing was written")

    def _tell_of(self, when: str, persons: Persons) -> None:
        effects = persons.effects
        self.stdout.write(
            f"{when}: {persons.count:,} persons{_size(persons.largest)}; "
            f"{effects.splits:,} would split, {effects.merges:,} would come of several"
        )
        for sample in effects.samples:
            before, after = (
                " ".join(f"{each.person_id} ({each.contacts:,})" for each in side)
                for side in (sample.before, sample.after)
            )
            self.stdout.write(f"  persons {before} would be {after}")


def _size(largest: Size | None) -> str:
    return f", the largest {largest.person_id} of {largest.contacts:,} contacts" if largest else ""


def _policy(scope: Scope, rules: dict[str, Any], text: str) -> Policy:
    if repeated := repeated_keys(text):
        raise InvalidPolicy(*repeated)
    return read_policy(scope, rules)


def _read(scope: Scope, file: Path) -> Policy:
    try:
        text = file.read_text(encoding="utf-8-sig")  # Editors of Windows write a mark.
        rules = json.loads(text)
    except OSError as error:
        raise CommandError(f"{file} cannot be read: {error.strerror}.") from error
    except ValueError as error:
        raise CommandError(f"{file} is not JSON: {error}.") from error
    if not isinstance(rules, dict):
        raise CommandError(f"{file} holds no object: `reunite policy show` prints one.")
    try:
        return _policy(scope, rules, text)
    except InvalidPolicy as error:
        wrong = " ".join(f"{_place(each)}: {each.detail}" for each in error.errors)
        raise CommandError(f"{file} is no policy. {wrong}") from error


def _place(error: FieldError) -> str:
    """The field that is wrong. An unknown name may be anything, a person's value too."""
    if error.code == "unknown_field" and not is_name(error.field):
        return "a name in it"
    return error.field
