"""No statement of a worker or of a request about webhooks scans the deliveries."""

import re

import pytest
from django.db import connection

from reunite.core.scope import Scope
from reunite.core.webhooks.attempts import DeliveryState
from reunite.models import Delivery
from reunite.models import Webhook as Row
from reunite.store.webhooks import attempts, deliveries, webhooks
from tests.builders import NOON
from tests.store.plans import plan_of

MANY = 5_000
WEBHOOK = webhooks.Webhook(1, 0, "https://shop.example/", (), 9, NOON, None, None, None, None)
STATEMENTS = {
    "due": webhooks.due(NOON),
    "behind": webhooks.behind(NOON, due=9),
    "claim": attempts.claim(WEBHOOK, at=NOON, until=NOON, limit=4),
    "waiting": deliveries.count_waiting(1, 9),
    "a page": deliveries.listed(1, None, after=7, limit=100),
    "a page of a state": deliveries.listed(1, DeliveryState.DEAD, after=7, limit=100),
    "dead ones": deliveries.revive(1, at=NOON, limit=9),
    "old ones": deliveries.delete_ended(NOON, 9),
    "of a workspace": webhooks.listed(Scope(0), after=0, limit=100),
}


@pytest.fixture
def many_deliveries():
    for id in (1, 2):
        Row.objects.create(id=id, workspace_id=0, url="u", types="", number=MANY, created_at=NOON)
    Delivery.objects.bulk_create(
        Delivery(
            workspace_id=0,
            webhook_id=1 + n % 2,
            number=n,
            type="person.merged",
            person_id=n,
            happened_at=NOON,
            state="waiting" if n % 100 == 0 else "delivered",
            next_attempt_at=NOON if n % 100 == 0 else None,
            ended_at=None if n % 100 == 0 else NOON,
        )
        for n in range(MANY)
    )
    with connection.cursor() as cursor:
        cursor.execute("ANALYZE")


@pytest.mark.parametrize("name", STATEMENTS)
def test_no_statement_about_webhooks_scans_the_deliveries(many_deliveries, name):
    plan = plan_of(STATEMENTS[name], generic=False)

    assert not re.findall(r"Seq Scan on delivery.*|SCAN delivery\b.*", plan), plan
