"""Receivers of messages, and how far the messages are."""

from typing import ClassVar

from django.db import models
from django.db.models import Q

from reunite.core.events import DisabledFor
from reunite.core.webhooks.attempts import DeliveryState, Failure
from reunite.models.access import Workspace
from reunite.models.fields import choices


class Webhook(models.Model):
    """An address of another system, the receiver, that is told of events."""

    workspace = models.ForeignKey(Workspace, models.PROTECT, db_index=False)
    url = models.CharField(max_length=2000)
    types = models.TextField(help_text="Of the events, separated by spaces; empty for all.")
    number = models.BigIntegerField(help_text="Events up to this number have their deliveries.")
    created_at = models.DateTimeField()
    created_by = models.CharField(max_length=100, null=True)
    failing_since = models.DateTimeField(
        null=True, help_text="The first failure since its last success."
    )
    disabled_at = models.DateTimeField(null=True)
    disabled_for = models.CharField(max_length=8, null=True, choices=choices(DisabledFor))

    class Meta:
        db_table = "webhook"
        indexes: ClassVar = [models.Index("workspace", "id", name="webhook_workspace")]

    def __str__(self) -> str:
        return f"webhook {self.pk}"


class WebhookSecret(models.Model):
    """What signs the messages of a webhook; two hold while one replaces the other."""

    workspace = models.ForeignKey(Workspace, models.PROTECT, db_index=False)
    webhook = models.ForeignKey(Webhook, models.PROTECT, db_index=False)
    secret = models.CharField(
        max_length=100,
        help_text="As the receiver has it, whsec_…, or a salt for the key that makes it.",
    )
    created_at = models.DateTimeField()
    expires_at = models.DateTimeField(null=True)

    class Meta:
        db_table = "webhook_secret"
        indexes: ClassVar = [models.Index("webhook", name="webhook_secret_webhook")]

    def __str__(self) -> str:
        return f"secret {self.pk} of webhook {self.webhook_id}"


class Delivery(models.Model):
    """How far the message of an event for one webhook is. The event itself may be pruned."""

    workspace = models.ForeignKey(Workspace, models.PROTECT, db_index=False)
    webhook = models.ForeignKey(
        Webhook,
        models.PROTECT,
        db_index=False,
        db_constraint=False,
        help_text="Deliveries that have ended outlive it until they are pruned.",
    )
    number = models.BigIntegerField(help_text="The event's number in the feed.")
    type = models.CharField(max_length=40)
    person_id = models.BigIntegerField()
    happened_at = models.DateTimeField(help_text="When the event was written.")
    state = models.CharField(max_length=9, choices=choices(DeliveryState))
    attempts = models.SmallIntegerField(db_default=0)
    next_attempt_at = models.DateTimeField(
        null=True, help_text="While an attempt is under way, when another worker may make it."
    )
    attempted_at = models.DateTimeField(null=True, help_text="When the last attempt began.")
    status = models.SmallIntegerField(null=True, help_text="Of the last answer.")
    failure = models.CharField(max_length=16, null=True, choices=choices(Failure))
    ended_at = models.DateTimeField(null=True, help_text="When it was delivered or given up.")

    class Meta:
        db_table = "delivery"
        indexes: ClassVar = [
            models.Index("webhook", "state", "number", name="delivery_state"),
            models.Index(
                "webhook",
                "next_attempt_at",
                name="delivery_due",
                condition=Q(next_attempt_at__isnull=False),
            ),
            models.Index("ended_at", name="delivery_ended", condition=Q(ended_at__isnull=False)),
        ]
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["webhook", "number"], name="delivery_once"),
            models.CheckConstraint(
                name="delivery_waits_or_has_ended",
                condition=Q(state="waiting", next_attempt_at__isnull=False, ended_at__isnull=True)
                | Q(next_attempt_at__isnull=True, ended_at__isnull=False) & ~Q(state="waiting"),
            ),
        ]

    def __str__(self) -> str:
        return f"delivery of event {self.number} to webhook {self.webhook_id}"
