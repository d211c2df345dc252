"""Webhooks: create, list, change, disable, enable, delete."""

import secrets as random
from collections.abc import Callable, Collection
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import TypeVar

from reunite.conf import reunite_settings
from reunite.core.errors import TooManyWebhooks, WebhookNotFound
from reunite.core.events import DisabledFor, WebhookDisabled
from reunite.core.scope import Scope
from reunite.core.webhooks.addresses import Network, networks
from reunite.core.webhooks.endpoints import require_types, require_url
from reunite.core.webhooks.messages import MAX_SECRETS
from reunite.core.webhooks.signing import RANDOM_BYTES, NewText, SigningKey
from reunite.services.feed.numbers import number_for_reader
from reunite.store.database.dialects import Statement
from reunite.store.database.locks import webhook as lock
from reunite.store.database.queries import outside
from reunite.store.database.transactions import Transaction, retried, transaction
from reunite.store.tables import events
from reunite.store.tables.events import Entry
from reunite.store.webhooks import secrets, webhooks
from reunite.store.webhooks.secrets import Secret
from reunite.store.webhooks.webhooks import Webhook

Result = TypeVar("Result")

MAX_WEBHOOKS = 50
"""The most webhooks that a workspace may have."""


@dataclass(frozen=True, slots=True)
class ShownWebhook:
    """A webhook, and its secrets that hold, the newest first: their times, not their texts."""

    webhook: Webhook
    secrets: list[Secret]


@dataclass(frozen=True, slots=True)
class NewSecret:
    """A webhook with a secret that was just made, and the text of it, which is shown this once."""

    shown: ShownWebhook
    text: str


def allowed_networks() -> tuple[Network, ...]:
    """The networks that webhooks may lead to beside the public internet."""
    return networks(reunite_settings().WEBHOOK_NETWORKS)


def signing_keys() -> list[SigningKey]:
    """The keys of the settings that make secrets, the one for new secrets first."""
    given = reunite_settings()
    return [SigningKey(each) for each in (given.WEBHOOK_KEY, *given.WEBHOOK_KEYS_BEFORE) if each]


def create_webhook(scope: Scope, url: str, types: Collection[str] = ()) -> NewSecret:
    """Create a webhook, which is told of events from now on; without ``types`` of all.

    Raises InvalidRequest, TooManyWebhooks, or TemporarilyUnavailable.
    """
    require_url(url, allowed_networks())
    require_types(types)
    new = _new_secret()
    number_for_reader()  # Earlier events are numbered now, so the new webhook is not told of them.

    def attempt(seconds_left: float) -> int:
        with transaction(wait_seconds=seconds_left) as locked:
            found = locked.read(webhooks.listed(scope, after=0, limit=MAX_WEBHOOKS))
            if len(found) == MAX_WEBHOOKS:
                raise TooManyWebhooks
            now = datetime.now(UTC)
            id = locked.read(webhooks.insert(scope, url, types, at=now))
            locked.commit(secrets.insert(scope, id, new.stored, at=now))
        return id

    return NewSecret(show_webhook(scope, retried(attempt)), new.text)


def list_webhooks(scope: Scope, *, after: int, limit: int) -> list[ShownWebhook]:
    """Up to ``limit`` webhooks of the workspace, by id."""
    return list(map(_shown, outside.read(webhooks.listed(scope, after=after, limit=limit))))


def show_webhook(scope: Scope, webhook_id: int) -> ShownWebhook:
    """The webhook with that id. Raises WebhookNotFound."""
    return _shown(found_webhook(outside.read(webhooks.read_one(scope, webhook_id))))


def change_webhook(
    scope: Scope, webhook_id: int, *, url: str | None = None, types: Collection[str] | None = None
) -> ShownWebhook:
    """Let a webhook lead elsewhere, or be told of other types; None leaves them as they are.

    Messages that wait go to the new URL. Raises InvalidRequest, WebhookNotFound, or
    TemporarilyUnavailable.
    """
    if url is not None:
        require_url(url, allowed_networks())
    require_types(types or ())

    def change(found: Webhook) -> list[Statement]:
        new = url or found.url, found.types if types is None else types
        return [webhooks.change(scope, webhook_id, *new)]

    return _changed(scope, webhook_id, change)


def disable_webhook(scope: Scope, webhook_id: int) -> ShownWebhook:
    """Let a webhook be told of nothing until it is enabled. Again, it changes nothing.

    Raises WebhookNotFound, or TemporarilyUnavailable.
    """

    def change(found: Webhook) -> list[Statement]:
        return disabling(scope, found, DisabledFor.OPERATOR, at=datetime.now(UTC))

    return _changed(scope, webhook_id, change)


def enable_webhook(scope: Scope, webhook_id: int) -> ShownWebhook:
    """Let a webhook go on where it stopped: it is told of all that happened meanwhile.

    Raises WebhookNotFound, or TemporarilyUnavailable.
    """
    return _changed(scope, webhook_id, lambda _: [webhooks.enable(scope, webhook_id)])


def delete_webhook(scope: Scope, webhook_id: int) -> None:
    """Delete a webhook, with what waits for it. Raises WebhookNotFound, TemporarilyUnavailable."""
    with_webhook(scope, webhook_id, lambda locked, _: locked.run(*webhooks.delete(webhook_id)))


def rotate_secret(scope: Scope, webhook_id: int, *, overlap: timedelta) -> NewSecret:
    """Give a webhook a new secret; the one before holds for ``overlap`` beside it.

    Messages are signed with both meanwhile. Of two that held before, the older one ends at once.
    Raises WebhookNotFound, or TemporarilyUnavailable.
    """
    new = _new_secret()

    def rotate(locked: Transaction, found: Webhook) -> None:
        now = datetime.now(UTC)
        kept = locked.read(secrets.of_webhook(found.id, at=now))[: MAX_SECRETS - 1]
        locked.run(
            secrets.delete_others(found.id, kept),
            *(secrets.expire(each, at=now + overlap) for each in kept),
            secrets.insert(scope, found.id, new.stored, at=now),
        )

    with_webhook(scope, webhook_id, rotate)
    return NewSecret(show_webhook(scope, webhook_id), new.text)


def disabling(scope: Scope, webhook: Webhook, why: DisabledFor, *, at: datetime) -> list[Statement]:
    """Disable a webhook, and tell of it; nothing if it is disabled."""
    if webhook.disabled_at is not None:
        return []
    told = WebhookDisabled(webhook_id=webhook.id, reason=why)
    return [
        webhooks.disable(scope, webhook.id, why, at=at),
        *events.happened(scope, [Entry(0, told, at)]),
    ]


def with_webhook(
    scope: Scope, webhook_id: int, work: Callable[[Transaction, Webhook], Result]
) -> Result:
    """Do something under the lock of a webhook, and commit. Raises WebhookNotFound."""

    def attempt(seconds_left: float) -> Result:
        with transaction(wait_seconds=seconds_left) as locked:
            locked.lock(lock(webhook_id))
            found = found_webhook(locked.read(webhooks.read_one(scope, webhook_id)))
            result = work(locked, found)
            locked.commit()
        return result

    return retried(attempt)


def found_webhook(found: Webhook | None) -> Webhook:
    """The webhook that was found. Raises WebhookNotFound."""
    if found is None:
        raise WebhookNotFound
    return found


def _changed(
    scope: Scope, webhook_id: int, change: Callable[[Webhook], list[Statement]]
) -> ShownWebhook:
    with_webhook(scope, webhook_id, lambda locked, found: locked.run(*change(found)))
    return show_webhook(scope, webhook_id)


def _shown(webhook: Webhook) -> ShownWebhook:
    now = datetime.now(UTC)
    return ShownWebhook(webhook, outside.read(secrets.of_webhook(webhook.id, at=now)))


def _new_secret() -> NewText:
    return NewText.of(random.token_bytes(RANDOM_BYTES), next(iter(signing_keys()), None))
