"""The forms of requests about webhooks, and of the answers."""

from typing import Any

from rest_framework import serializers

from reunite.api.http.fields import Body, BoundedList, Choice, Text
from reunite.api.http.pages import PageQuery, members, page_form
from reunite.core.events import EVENTS, DisabledFor
from reunite.core.ids import MAX_ID
from reunite.core.webhooks.attempts import DeliveryState, Failure
from reunite.core.webhooks.endpoints import URL_MAX_LENGTH
from reunite.core.webhooks.messages import message_id
from reunite.services.webhooks.deliveries import MAX_REPLAYED
from reunite.services.webhooks.webhooks import NewSecret, ShownWebhook

_OVERLAP_HOURS, _MAX_OVERLAP_HOURS = 24, 168
_TYPE_MAX_LENGTH = 40


class _Url(Text):
    """The address of a receiver; the service checks the rest."""

    def __init__(self, **options: Any) -> None:
        super().__init__(
            max_length=URL_MAX_LENGTH,
            trim_whitespace=False,
            help_text="Begins with https://, unless a setting allows the network.",
            **options,
        )


class _Types(BoundedList):
    """Types of events."""

    def __init__(self, **options: Any) -> None:
        super().__init__(
            child=Text(max_length=_TYPE_MAX_LENGTH),
            max_length=len(EVENTS),
            help_text="The types of events that the receiver gets; an empty list for all.",
            **options,
        )


class _Number(serializers.IntegerField):
    """A number of the feed in a body: no text."""

    def __init__(self, **options: Any) -> None:
        super().__init__(min_value=1, max_value=MAX_ID, **options)

    def to_internal_value(self, data: Any) -> int:
        """The number."""
        if not isinstance(data, int) or isinstance(data, bool):
            self.fail("invalid")
        return data


class CreateWebhookRequest(Body):
    """A webhook to create."""

    url = _Url()
    types = _Types(default=())


class ChangeWebhookRequest(Body):
    """The changes; a field that is left out does not change."""

    url = _Url(required=False, default=None)
    types = _Types(required=False, default=None)


class RotateSecretRequest(Body):
    """How long the earlier secret stays valid."""

    overlapHours = serializers.IntegerField(
        default=_OVERLAP_HOURS,
        min_value=0,
        max_value=_MAX_OVERLAP_HOURS,
        help_text="For so long, messages are signed with the earlier secret, too.",
    )


class ReplayRequest(Body):
    """Numbers of the feed."""

    first = _Number(help_text="The first number.")
    last = _Number(help_text=f"The last number; at most {MAX_REPLAYED:,} numbers at once.")


class SecretAnswer(serializers.Serializer[Any]):
    """A secret, without its text."""

    createdAt = serializers.DateTimeField()
    expiresAt = serializers.DateTimeField(
        allow_null=True, help_text="Until when it signs messages. Null: until it is replaced."
    )


class WebhookAnswer(serializers.Serializer[Any]):
    """A webhook."""

    id = serializers.IntegerField()
    url = serializers.CharField()
    types = serializers.ListField(
        child=serializers.CharField(), help_text="The types of events; empty for all."
    )
    number = serializers.IntegerField(
        help_text="Events up to this number have deliveries; later ones will get them."
    )
    secrets = SecretAnswer(many=True, help_text="The secrets that sign messages, the newest first.")
    createdAt = serializers.DateTimeField()
    createdBy = serializers.CharField(
        allow_null=True, help_text="The name of the key that created it. Null: a command."
    )
    failingSince = serializers.DateTimeField(
        allow_null=True, help_text="The first failure since the last success. Null: no failure."
    )
    disabledAt = serializers.DateTimeField(allow_null=True)
    disabledFor = serializers.ChoiceField(
        choices=[each.value for each in DisabledFor], allow_null=True
    )


class NewSecretAnswer(WebhookAnswer):
    """A webhook with the text of its new secret, which is shown this once."""

    secret = serializers.CharField(help_text="`whsec_…`. It cannot be read again.")


class DeliveryAnswer(serializers.Serializer[Any]):
    """The state of the message about an event."""

    messageId = serializers.CharField(help_text="The header `webhook-id`, the same each time.")
    number = serializers.IntegerField(help_text="The number of the event in the feed.")
    type = serializers.CharField(help_text="The type of the event.")
    personId = serializers.IntegerField()
    happenedAt = serializers.DateTimeField(help_text="When the event was written.")
    state = serializers.ChoiceField(choices=[each.value for each in DeliveryState])
    attempts = serializers.IntegerField(help_text="How many attempts have ended.")
    nextAttemptAt = serializers.DateTimeField(
        allow_null=True, help_text="During an attempt: when another worker would make it."
    )
    attemptedAt = serializers.DateTimeField(
        allow_null=True, help_text="When the last attempt began."
    )
    status = serializers.IntegerField(
        allow_null=True, help_text="The status of the last answer, if there is one."
    )
    failure = serializers.ChoiceField(
        choices=[each.value for each in Failure],
        allow_null=True,
        help_text="Why the last attempt got no answer.",
    )


class CountAnswer(serializers.Serializer[Any]):
    """How many deliveries."""

    deliveries = serializers.IntegerField(help_text="How many are attempted again.")


WebhooksAnswer = page_form("WebhooksAnswer", "webhooks", WebhookAnswer)
DeliveriesAnswer = page_form("DeliveriesAnswer", "deliveries", DeliveryAnswer)


class DeliveriesQuery(PageQuery):
    """Which deliveries."""

    state = Choice([each.value for each in DeliveryState], required=False, default=None)


def webhook_answer(shown: ShownWebhook) -> dict[str, object]:
    """The JSON of a webhook."""
    keys = [members(SecretAnswer, each) for each in shown.secrets]
    return members(WebhookAnswer, shown.webhook, secrets=keys)


def new_secret_answer(created: NewSecret) -> dict[str, object]:
    """The JSON of a webhook with its new secret."""
    return {**webhook_answer(created.shown), "secret": created.text}


def delivery_answer(delivery: Any) -> dict[str, object]:
    """The JSON of a delivery."""
    event = delivery.event
    return members(
        DeliveryAnswer,
        delivery,
        messageId=message_id(event),
        number=event.number,
        type=event.type,
        personId=event.person_id,
        happenedAt=event.at,
    )
