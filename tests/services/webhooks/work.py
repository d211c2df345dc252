"""What tests of webhooks share: a sender, and deliveries as they stand."""

from datetime import UTC, datetime, timedelta

from reunite.models import Delivery, Webhook
from reunite.services.identify.identify import identify
from reunite.services.webhooks.send import sender
from tests.scopes import SCOPE

NOW = datetime.now(UTC)


def tell(count=1, *, start=0, scope=SCOPE):
    """Events, each of a new person."""
    for n in range(start, start + count):
        identify(scope, f"{n}@x.example", None)


def send_all():
    """Send what can be sent now."""
    with sender() as started:
        started.finish()


def states(webhook_id=None):
    """The state and the number of attempts of each delivery, by number."""
    rows = Delivery.objects.order_by("number")
    if webhook_id is not None:
        rows = rows.filter(webhook_id=webhook_id)
    return {each.number: (each.state, each.attempts) for each in rows}


def let_all_be_due():
    """As if the time of each next attempt had come."""
    Delivery.objects.filter(state="waiting").update(next_attempt_at=NOW - timedelta(hours=1))


def row(webhook_id):
    return Webhook.objects.get(pk=webhook_id)
