"""``reunite webhooks``: the receivers of events, and repairs after a receiver was down."""

from datetime import timedelta
from functools import partial
from typing import Any

from django.core.management.base import CommandError

from reunite.core.scope import Scope
from reunite.core.webhooks.attempts import DeliveryState
from reunite.management.arguments import add_webhooks_arguments
from reunite.management.command import ReuniteCommand, all_pages
from reunite.management.workspaces import scope_of
from reunite.services.webhooks.deliveries import list_deliveries, redeliver, replay
from reunite.services.webhooks.webhooks import (
    NewSecret,
    ShownWebhook,
    create_webhook,
    delete_webhook,
    disable_webhook,
    enable_webhook,
    list_webhooks,
    rotate_secret,
)

_MAX_HOURS = 168


class Command(ReuniteCommand):
    """A new secret alone goes to standard output, so that a script can read it."""

    help = "Create, list and repair webhooks."
    arguments = staticmethod(add_webhooks_arguments)

    def handle(self, *args: Any, **options: Any) -> None:
        """Do what was asked."""
        scope = scope_of(options)
        getattr(self, f"_{options['action']}")(scope, options)

    def _create(self, scope: Scope, options: dict[str, Any]) -> None:
        self._tell_secret(create_webhook(scope, options["url"], options["type"] or ()))

    def _list(self, scope: Scope, options: dict[str, Any]) -> None:
        for each in all_pages(partial(list_webhooks, scope), lambda row: row.webhook.id):
            self.stdout.write(_line(each))

    def _deliveries(self, scope: Scope, options: dict[str, Any]) -> None:
        state = DeliveryState(options["state"])
        found = partial(list_deliveries, scope, options["id"], state=state)
        for each in all_pages(found, lambda row: row.event.number):
            told = each.status or each.failure or "not attempted yet"
            self.stdout.write(
                f"{each.event.number}  {each.event.type}  attempts {each.attempts}, {told}"
            )

    def _rotate(self, scope: Scope, options: dict[str, Any]) -> None:
        if not 0 <= options["hours"] <= _MAX_HOURS:
            raise CommandError(f"--hours must be from 0 to {_MAX_HOURS}.")
        overlap = timedelta(hours=options["hours"])
        self._tell_secret(rotate_secret(scope, options["id"], overlap=overlap))

    def _disable(self, scope: Scope, options: dict[str, Any]) -> None:
        disable_webhook(scope, options["id"])
        self.stdout.write(f"webhook {options['id']} is disabled")

    def _enable(self, scope: Scope, options: dict[str, Any]) -> None:
        enable_webhook(scope, options["id"])
        self.stdout.write(f"webhook {options['id']} goes on where it stopped")

    def _delete(self, scope: Scope, options: dict[str, Any]) -> None:
        delete_webhook(scope, options["id"])
        self.stdout.write(f"webhook {options['id']} is deleted")

    def _redeliver(self, scope: Scope, options: dict[str, Any]) -> None:
        self._tell_count(redeliver(scope, options["id"]))

    def _replay(self, scope: Scope, options: dict[str, Any]) -> None:
        first, last = options["first"], options["last"]
        self._tell_count(replay(scope, options["id"], first=first, last=last))

    def _tell_secret(self, created: NewSecret) -> None:
        self.stderr.write(f"webhook {created.shown.webhook.id}; its secret is shown this once:")
        self.stdout.write(created.text)

    def _tell_count(self, count: int) -> None:
        self.stdout.write(f"{count:,} deliveries are attempted anew")


def _line(shown: ShownWebhook) -> str:
    webhook = shown.webhook
    types = " ".join(webhook.types) or "all"
    told = [f"{webhook.id}  {webhook.url}  [{types}]  created {webhook.created_at:%Y-%m-%d}"]
    for what, at in (
        ("failing since", webhook.failing_since),
        (f"disabled ({webhook.disabled_for})", webhook.disabled_at),
    ):
        if at is not None:
            told.append(f"{what} {at:%Y-%m-%d %H:%M}")
    return ", ".join(told)
