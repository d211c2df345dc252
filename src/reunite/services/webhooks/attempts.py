"""Attempts: which deliveries are begun, and what comes of each."""

import random
from collections.abc import Collection, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from datetime import UTC, datetime

from reunite.core.errors import WebhookNotFound
from reunite.core.webhooks.attempts import LEASE, Attempt, after_attempt, why_disabled
from reunite.core.webhooks.places import Receiver, shared_out
from reunite.counting import counters
from reunite.services.webhooks.webhooks import disabling, with_webhook
from reunite.store.database.queries import outside
from reunite.store.database.transactions import Transaction, retried, transaction
from reunite.store.webhooks import attempts, secrets, webhooks
from reunite.store.webhooks.attempts import Claimed
from reunite.store.webhooks.secrets import Secret
from reunite.store.webhooks.webhooks import Webhook


@dataclass(frozen=True, slots=True)
class Begun:
    """A delivery that is attempted, and what is needed for it."""

    webhook: Webhook
    claimed: Claimed
    secrets: Sequence[Secret]


@dataclass(frozen=True, slots=True)
class Ended:
    """An attempt that has ended."""

    begun: Begun
    attempt: Attempt
    at: datetime


def begin_attempts(under_way: Mapping[Receiver, int], quick: Collection[Receiver]) -> list[Begun]:
    """Take deliveries that are due, as many as places are free; they are leased to the caller.

    ``under_way`` counts the attempts of each webhook, and ``quick`` are webhooks to which the last
    one did not take long. Raises TemporarilyUnavailable.
    """
    now = datetime.now(UTC)
    due = {each.receiver: each for each in outside.read(webhooks.due(now))}
    failing = {each for each, webhook in due.items() if webhook.failing_since is not None}
    wanted = shared_out([*due], under_way, {*quick} - failing)
    if not wanted:
        return []

    def attempt(seconds_left: float) -> list[Begun]:
        with transaction(wait_seconds=seconds_left) as locked:
            begun = [
                Begun(webhook, claimed, keys)
                for receiver, limit in sorted(wanted.items())
                for webhook in [due[receiver]]
                for keys in [locked.read(secrets.of_webhook(webhook.id, at=now))]
                for claimed in locked.read(
                    attempts.claim(webhook, at=now, until=now + LEASE, limit=limit)
                )
            ]
            locked.commit()
        return begun

    return retried(attempt)


def note_ended(webhook: Webhook, ended: Sequence[Ended]) -> None:
    """Note what came of attempts of one webhook, in the order in which they ended.

    Raises TemporarilyUnavailable.
    """

    def note(locked: Transaction, found: Webhook) -> None:
        since = found.failing_since
        why = None
        for each in ended:
            claimed, count = each.begun.claimed, each.begun.claimed.attempts + 1
            next = after_attempt(each.attempt, count, ended=each.at, chance=random.random())  # noqa: S311  # no secret
            result = "delivered" if each.attempt.succeeded else "failed"
            counters.count("reunite_webhook_attempts_total", result)
            if not locked.read(attempts.record(claimed, each.attempt, next, ended=each.at)):
                continue
            since = None if each.attempt.succeeded else since or each.attempt.at
            if since is not None:
                why = why_disabled(each.attempt, count, failing_since=since, ended=each.at) or why
        if since != found.failing_since:
            locked.run(webhooks.failing(found.id, since))
        if why is not None:
            locked.run(*disabling(found.scope, found, why, at=datetime.now(UTC)))

    with suppress(WebhookNotFound):  # It was deleted meanwhile, and its deliveries with it.
        with_webhook(webhook.scope, webhook.id, note)
