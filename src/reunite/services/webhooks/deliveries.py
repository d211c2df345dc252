"""Deliveries: made from the numbers of the feed, so that no event is skipped."""

from contextlib import suppress
from dataclasses import dataclass
from datetime import UTC, datetime
from urllib.parse import urlsplit

from reunite.core.errors import FieldError, InvalidRequest, WebhookNotFound
from reunite.core.scope import Scope
from reunite.core.webhooks.attempts import DeliveryState
from reunite.core.webhooks.endpoints import is_told
from reunite.services.feed.numbers import number_for_reader
from reunite.services.webhooks.webhooks import found_webhook, with_webhook
from reunite.store.database.queries import outside
from reunite.store.database.transactions import Transaction, retried, transaction
from reunite.store.feed import numbers
from reunite.store.webhooks import deliveries, webhooks
from reunite.store.webhooks.deliveries import Delivery
from reunite.store.webhooks.webhooks import Webhook

MAX_MADE = 1_000
"""The events that one transaction looks at."""
MAX_WAITING = 10_000
"""While so many deliveries of a webhook wait, later events stay in the feed."""
MAX_REPLAYED = 10_000
"""The most numbers that are replayed at once."""


@dataclass(frozen=True, slots=True)
class ToldWebhook:
    """A webhook, and the delivery of the latest event that was attempted."""

    webhook: Webhook
    last: Delivery | None

    @property
    def host(self) -> str:
        """The host that it leads to: the path of the URL may be a secret."""
        return urlsplit(self.webhook.url).hostname or ""


def has_webhooks() -> bool:
    """Whether anybody is to be told of anything, in any workspace."""
    return outside.read(webhooks.is_any_enabled())


def make_deliveries() -> int:
    """Make deliveries of webhooks that events have not come to; how many events were read.

    Webhooks with more than MAX_MADE deliveries that are due have enough for now.

    Raises TemporarilyUnavailable.
    """
    if not has_webhooks():
        return 0  # Without webhooks the numbers of events are not needed.
    number_for_reader()
    # No more than are sent soon: the more deliveries wait, the longer counting them takes.
    behind = outside.read(webhooks.behind(datetime.now(UTC), due=MAX_MADE))
    return sum(map(_make, behind))


def _make(webhook: Webhook) -> int:
    with suppress(WebhookNotFound):  # It may be deleted meanwhile.
        return with_webhook(webhook.scope, webhook.id, _make_some)
    return 0


def _make_some(locked: Transaction, webhook: Webhook) -> int:
    room = MAX_WAITING - locked.read(deliveries.count_waiting(webhook.id, MAX_WAITING))
    if webhook.disabled_at is not None or room <= 0:
        return 0
    told = locked.read(
        deliveries.events(webhook.scope, after=webhook.number, limit=min(MAX_MADE, room))
    )
    if told:  # Another worker may have been quicker.
        wanted = [each for each in told if is_told(each.type, webhook.types)]
        locked.run(
            *deliveries.make(webhook, wanted, at=datetime.now(UTC)),
            webhooks.advance(webhook.id, told[-1].number),
        )
    return len(told)


def list_deliveries(
    scope: Scope, webhook_id: int, *, state: DeliveryState | None = None, after: int, limit: int
) -> list[Delivery]:
    """Up to ``limit`` deliveries of a webhook, by the number of the event.

    Raises WebhookNotFound.
    """
    found_webhook(outside.read(webhooks.read_one(scope, webhook_id)))
    return outside.read(deliveries.listed(webhook_id, state, after=after, limit=limit))


def list_told(scope: Scope, *, limit: int) -> list[ToldWebhook]:
    """Up to ``limit`` webhooks of the workspace, by id, and what each was told last."""
    return [
        ToldWebhook(each, outside.read(deliveries.last_attempted(each.id)))
        for each in outside.read(webhooks.listed(scope, after=0, limit=limit))
    ]


def replay(scope: Scope, webhook_id: int, *, first: int, last: int) -> int:
    """Deliver the messages of a range of numbers again, or for the first time; how many.

    Events that the webhook has not come to are left out: it is told of them anyway. Raises
    InvalidRequest, WebhookNotFound, EventsPruned, NumberAhead, or TemporarilyUnavailable.
    """
    if not first <= last < first + MAX_REPLAYED:
        detail = f"Send a number from `first` on, and at most {MAX_REPLAYED:,} numbers at once."
        raise InvalidRequest(FieldError("last", "invalid_range", detail))

    def replayed(locked: Transaction, webhook: Webhook) -> int:
        locked.read(numbers.kept(scope)).require(first - 1)
        up_to = min(last, webhook.number)
        told = locked.read(
            deliveries.events(scope, after=first - 1, up_to=up_to, limit=MAX_REPLAYED)
        )
        wanted = [each for each in told if is_told(each.type, webhook.types)]
        locked.run(*deliveries.make(webhook, wanted, at=datetime.now(UTC)))
        return len(wanted)

    return with_webhook(scope, webhook_id, replayed)


def redeliver(scope: Scope, webhook_id: int) -> int:
    """Attempt dead deliveries of a webhook again, up to MAX_REPLAYED of the first ones; how many.

    Raises WebhookNotFound, or TemporarilyUnavailable.
    """

    def revived(locked: Transaction, webhook: Webhook) -> int:
        return locked.read(deliveries.revive(webhook.id, at=datetime.now(UTC), limit=MAX_REPLAYED))

    return with_webhook(scope, webhook_id, revived)


def prune_deliveries(*, before: datetime) -> int:
    """Delete the deliveries, of all workspaces, that ended before a time; how many.

    Raises TemporarilyUnavailable.
    """

    def attempt(seconds_left: float) -> int:
        with transaction(wait_seconds=seconds_left) as locked:
            count = locked.read(deliveries.delete_ended(before, MAX_REPLAYED))
            locked.commit()
        return count

    count = some = retried(attempt)
    while some == MAX_REPLAYED:
        some = retried(attempt)
        count += some
    return count
