"""Webhooks: create, list, change, disable, enable, delete, rotate the secret."""

import re
from datetime import UTC, datetime, timedelta

import pytest
from django.test import override_settings
from standardwebhooks import Webhook as Signer

from reunite.core.errors import InvalidRequest, TooManyWebhooks, WebhookNotFound
from reunite.core.events import DisabledFor
from reunite.core.scope import Scope
from reunite.core.webhooks.signing import texts_of
from reunite.models import Delivery, Event, Webhook, WebhookSecret
from reunite.services.access.workspaces import create_workspace
from reunite.services.webhooks.deliveries import (
    list_deliveries,
    make_deliveries,
    redeliver,
    replay,
)
from reunite.services.webhooks.webhooks import (
    MAX_WEBHOOKS,
    change_webhook,
    create_webhook,
    delete_webhook,
    disable_webhook,
    enable_webhook,
    list_webhooks,
    rotate_secret,
    show_webhook,
    signing_keys,
)
from tests.scopes import SCOPE
from tests.services.webhooks.work import states, tell

URL = "https://shop.example/reunite"
DAY = timedelta(days=1)


def create(url=URL, types=(), scope=SCOPE):
    return create_webhook(scope, url, types).shown.webhook.id


@pytest.fixture
def other():
    return Scope(create_workspace(SCOPE, "shop-de").workspace.id, who="admin")


def test_a_webhook_is_created_with_a_secret_that_is_shown_once():
    created = create_webhook(Scope(0, who="shop"), URL, ["person.merged", "person.erased"])

    assert re.fullmatch(r"whsec_[A-Za-z0-9+/]{43}=", created.text)
    webhook = created.shown.webhook
    assert (webhook.url, webhook.types) == (URL, ("person.merged", "person.erased"))
    assert (webhook.created_by, webhook.disabled_at, webhook.failing_since) == ("shop", None, None)
    assert show_webhook(SCOPE, webhook.id) == created.shown
    assert list_webhooks(SCOPE, after=0, limit=10) == [created.shown]
    assert list_webhooks(SCOPE, after=webhook.id, limit=10) == []
    (secret,) = created.shown.secrets
    assert secret.expires_at is None
    assert created.text not in repr(created.shown)


def test_a_new_webhook_is_told_of_what_happens_from_now_on():
    tell(3)
    id = create()
    tell(2, start=3)

    assert make_deliveries() == 2

    assert states() == {4: ("waiting", 0), 5: ("waiting", 0)}
    assert show_webhook(SCOPE, id).webhook.number == 5


@pytest.mark.parametrize(
    ("url", "types", "code"),
    [
        ("ftp://shop.example/", [], "invalid_url"),
        ("https://10.0.0.1/", [], "refused_address"),
        ("http://8.8.8.8/", [], "insecure_url"),
        (URL, ["person.merge"], "unknown_type"),
    ],
)
def test_what_no_webhook_may_be_is_refused(url, types, code):
    id = create()
    for ask in (
        lambda: create_webhook(SCOPE, url, types),
        lambda: change_webhook(SCOPE, id, url=url, types=types),
    ):
        with pytest.raises(InvalidRequest) as refused:
            ask()
        assert refused.value.errors[0].code == code
    assert Webhook.objects.get().url == URL


def test_a_workspace_has_so_many_webhooks_and_no_more(other):
    for _ in range(MAX_WEBHOOKS):
        create()
    with pytest.raises(TooManyWebhooks):
        create()
    create(scope=other)


def test_a_webhook_is_changed_in_part_or_whole():
    id = create(types=["person.merged"])

    changed = change_webhook(SCOPE, id, url="https://other.example/")
    assert (changed.webhook.url, changed.webhook.types) == (
        "https://other.example/",
        ("person.merged",),
    )
    changed = change_webhook(SCOPE, id, types=[])
    assert (changed.webhook.url, changed.webhook.types) == ("https://other.example/", ())


def test_a_webhook_that_is_disabled_is_told_of_all_when_it_is_enabled():
    id = create()
    disabled = disable_webhook(SCOPE, id)
    assert disable_webhook(SCOPE, id) == disabled
    assert disabled.webhook.disabled_for is DisabledFor.OPERATOR
    tell(2)
    assert make_deliveries() == 0

    enabled = enable_webhook(SCOPE, id)

    assert (enabled.webhook.disabled_at, enabled.webhook.disabled_for) == (None, None)
    assert make_deliveries() == 3
    told = [each.event.type for each in list_deliveries(SCOPE, id, after=0, limit=10)]
    assert told == ["webhook.disabled", "contact.created", "contact.created"]


def test_disabling_is_told_once_in_the_feed():
    id = create()
    disable_webhook(SCOPE, id)
    disable_webhook(SCOPE, id)

    (event,) = Event.objects.filter(type="webhook.disabled")
    assert event.payload == {"webhookId": id, "reason": "operator"}
    assert event.person_id == 0


def test_enabling_forgets_earlier_failures():
    id = create()
    Webhook.objects.update(failing_since=datetime.now(UTC) - 9 * DAY)
    disable_webhook(SCOPE, id)
    assert enable_webhook(SCOPE, id).webhook.failing_since is None


def test_a_deleted_webhook_leaves_nothing_that_waits():
    id, kept = create(), create()
    tell(2)
    make_deliveries()
    Delivery.objects.filter(webhook_id=id, number=1).update(
        state="delivered", next_attempt_at=None, ended_at=datetime.now(UTC)
    )

    delete_webhook(SCOPE, id)

    assert set(Delivery.objects.values_list("webhook_id", "state")) == {
        (id, "delivered"),
        (kept, "waiting"),
    }
    assert set(WebhookSecret.objects.values_list("webhook_id", flat=True)) == {kept}
    with pytest.raises(WebhookNotFound):
        show_webhook(SCOPE, id)


def test_two_secrets_hold_while_one_replaces_the_other():
    created = create_webhook(SCOPE, URL)
    id = created.shown.webhook.id

    rotated = rotate_secret(SCOPE, id, overlap=DAY)

    new, old = rotated.shown.secrets
    assert new.expires_at is None
    assert DAY - (old.expires_at - datetime.now(UTC)) < timedelta(minutes=1)
    assert rotated.text != created.text
    assert WebhookSecret.objects.get(pk=new.id).secret == rotated.text
    Signer(rotated.text)


@override_settings(REUNITE={"WEBHOOK_KEY": "k" * 32, "WEBHOOK_NETWORKS": ["127.0.0.0/8"]})
def test_with_a_key_the_database_does_not_hold_the_secret():
    created = create_webhook(SCOPE, URL)
    (row,) = WebhookSecret.objects.all()

    assert created.text.removeprefix("whsec_") not in row.secret
    assert "k" * 32 not in row.secret
    assert texts_of([row.secret], signing_keys()) == [created.text]
    Signer(created.text)
    assert rotate_secret(SCOPE, row.webhook_id, overlap=DAY).text != created.text


def test_of_two_secrets_the_older_one_ends_with_the_next():
    first = create_webhook(SCOPE, URL).shown
    id = first.webhook.id
    second = rotate_secret(SCOPE, id, overlap=DAY).shown.secrets[0]
    third = rotate_secret(SCOPE, id, overlap=DAY).shown.secrets

    assert [each.id for each in third][1:] == [second.id]
    assert WebhookSecret.objects.count() == 2


def test_without_an_overlap_a_secret_ends_at_once():
    id = create()
    assert len(rotate_secret(SCOPE, id, overlap=timedelta(0)).shown.secrets) == 1


def test_webhooks_of_another_workspace_do_not_exist(other):
    id = create(scope=other)

    assert list_webhooks(SCOPE, after=0, limit=10) == []
    for ask in (
        lambda: show_webhook(SCOPE, id),
        lambda: change_webhook(SCOPE, id, url=URL),
        lambda: disable_webhook(SCOPE, id),
        lambda: enable_webhook(SCOPE, id),
        lambda: delete_webhook(SCOPE, id),
        lambda: rotate_secret(SCOPE, id, overlap=DAY),
        lambda: replay(SCOPE, id, first=1, last=1),
        lambda: redeliver(SCOPE, id),
        lambda: list_deliveries(SCOPE, id, after=0, limit=10),
    ):
        with pytest.raises(WebhookNotFound):
            ask()
    assert show_webhook(other, id).webhook.disabled_at is None
