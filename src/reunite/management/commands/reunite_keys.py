"""``reunite keys``: create, list and revoke API keys."""

from datetime import UTC, datetime, timedelta
from functools import partial
from operator import attrgetter
from typing import Any

from django.core.management.base import CommandError

from reunite.core.access.callers import KeyScope, sorted_scopes
from reunite.core.access.keys import PREFIX
from reunite.core.errors import KeyNotFound
from reunite.core.scope import Scope
from reunite.management.arguments import add_keys_arguments
from reunite.management.command import ReuniteCommand, all_pages
from reunite.management.workspaces import scope_of
from reunite.services.access.keys import create_key, find_key, list_keys, revoke_key
from reunite.store.access.api_keys import ApiKey

_MAX_DAYS = 36_500


class Command(ReuniteCommand):
    """A new key alone goes to standard output, so that a script can read it."""

    help = "Create, list and revoke the keys of clients."
    arguments = staticmethod(add_keys_arguments)

    def handle(self, *args: Any, **options: Any) -> None:
        """Do what was asked."""
        scope = scope_of(options)
        match options["action"]:
            case "create":
                self._create(scope, options)
            case "list":
                for each in all_pages(partial(list_keys, scope), attrgetter("id")):
                    self.stdout.write(_line(each))
            case "revoke":
                revoked = revoke_key(scope, _find(scope, options["short"]).id)
                self.stdout.write(f"key {revoked.short} ({revoked.name}) is revoked")

    def _create(self, scope: Scope, options: dict[str, Any]) -> None:
        scopes = frozenset(map(KeyScope, options["scope"]))
        expires_at = _end(options["days"])
        created = create_key(scope, options["name"], scopes, expires_at=expires_at)
        self.stderr.write("The key is shown this once:")
        self.stdout.write(created.text)


def _find(scope: Scope, text: str) -> ApiKey:
    """The key with a short part; also of a whole key, which is what a leak shows."""
    short = text.removeprefix(PREFIX).partition("_")[0]
    try:
        return find_key(scope, short)
    except KeyNotFound as error:
        raise CommandError(
            "There is no such key in this workspace: `reunite keys list` lists its keys, and "
            "--workspace names another workspace"
        ) from error


def _end(days: int | None) -> datetime | None:
    if days is None:
        return None
    if not 0 < days <= _MAX_DAYS:
        raise CommandError(f"--days must be from 1 to {_MAX_DAYS}.")
    return datetime.now(UTC) + timedelta(days=days)


def _line(key: ApiKey) -> str:
    scopes = " ".join(each.value for each in sorted_scopes(key.scopes))
    told = [f"{key.short}  {key.name}  [{scopes}]  created {key.created_at:%Y-%m-%d}"]
    for what, at in (
        ("last used", key.last_used_at),
        ("expires", key.expires_at),
        ("revoked", key.revoked_at),
    ):
        if at is not None:
            told.append(f"{what} {at:%Y-%m-%d %H:%M}")
    return ", ".join(told)
