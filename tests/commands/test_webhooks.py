"""``reunite webhooks``, and the worker that sends messages."""

import os
import subprocess
import sys
from contextlib import closing, contextmanager

import pytest
from django.core.management import CommandError, call_command

from reunite.core.errors import LockTimeout
from reunite.core.webhooks.addresses import networks
from reunite.management import sending
from reunite.models import Delivery, Webhook
from reunite.services.access.workspaces import create_workspace
from reunite.services.webhooks.deliveries import make_deliveries
from reunite.services.webhooks.outbox import Outbox
from tests.commands.test_cli import run
from tests.docs.documents import ROOT
from tests.receiver import receiver
from tests.scopes import SCOPE
from tests.server import fresh_database
from tests.services.webhooks.test_outbox import EVENT, SECRETS
from tests.services.webhooks.work import tell

URL = "https://shop.example/reunite"


def webhooks(capsys, *arguments):
    call_command("reunite_webhooks", *map(str, arguments))
    return capsys.readouterr().out.splitlines()


def test_a_webhook_is_created_listed_repaired_and_deleted(capsys):
    (secret,) = webhooks(capsys, "create", URL, "--type", "contact.created")
    assert secret.startswith("whsec_")
    webhook = Webhook.objects.get()
    id = webhook.pk
    (line,) = webhooks(capsys, "list")
    assert line == f"{id}  {URL}  [contact.created]  created {webhook.created_at:%Y-%m-%d}"
    (new,) = webhooks(capsys, "rotate", id, "--hours", "1")
    assert new != secret

    tell(3)
    make_deliveries()
    assert webhooks(capsys, "deliveries", id) == []
    assert webhooks(capsys, "deliveries", id, "--state", "waiting") == [
        f"{n}  contact.created  attempts 0, not attempted yet" for n in (1, 2, 3)
    ]
    Delivery.objects.filter(number=1).update(
        state="dead", attempts=8, status=500, next_attempt_at=None, ended_at=webhook.created_at
    )
    assert webhooks(capsys, "deliveries", id) == ["1  contact.created  attempts 8, 500"]
    assert webhooks(capsys, "redeliver", id) == ["1 deliveries are attempted anew"]
    assert webhooks(capsys, "replay", id, 1, 3) == ["3 deliveries are attempted anew"]

    assert webhooks(capsys, "disable", id) == [f"webhook {id} is disabled"]
    Webhook.objects.update(failing_since=webhook.created_at)
    (line,) = webhooks(capsys, "list")
    assert "failing since" in line
    assert "disabled (operator)" in line
    assert webhooks(capsys, "enable", id) == [f"webhook {id} goes on where it stopped"]
    assert webhooks(capsys, "delete", id) == [f"webhook {id} is deleted"]
    assert webhooks(capsys, "list") == []


def test_a_webhook_of_another_workspace_is_named_with_it(capsys):
    create_workspace(SCOPE, "shop-de")
    webhooks(capsys, "create", URL, "--workspace", "shop-de")
    assert webhooks(capsys, "list") == []
    assert len(webhooks(capsys, "list", "--workspace", "shop-de")) == 1


@pytest.mark.parametrize(
    ("arguments", "told"),
    [
        (("create", "ftp://shop.example/"), "No URL of a webhook"),
        (("create", URL, "--type", "person.merge"), "did you mean person.merged"),
        (("rotate", 1, "--hours", "169"), "from 0 to 168"),
        (("replay", "{id}", 9, 9), "has not reached this number"),
        (("replay", "{id}", 2, 1), "Send a number"),
    ],
)
def test_a_mistake_is_told(capsys, arguments, told):
    webhooks(capsys, "create", URL)
    id = Webhook.objects.get().pk
    with pytest.raises(CommandError, match=told):
        webhooks(capsys, *(str(each).replace("{id}", str(id)) for each in arguments))


def test_a_worker_sends_what_can_be_sent_now(tmp_path):
    with fresh_database(tmp_path) as database, receiver() as received:
        variables = {"DATABASE_URL": database.url, "IMPORT_FOLDER": str(tmp_path / "imports")}
        created = run("webhooks", "create", received.url, tmp_path=tmp_path, **variables)
        with closing(database.connect()) as connection:
            connection.execute(
                "INSERT INTO event (workspace_id, type, person_id, payload, created_at)"
                "VALUES (0, 'merge.settled', 1, '{\"linkId\": 1}', '2023-04-01 12:00:00')"
            )
            connection.execute(
                "INSERT INTO unnumbered (position, workspace_id)"
                "SELECT position, workspace_id FROM event"
            )
        worked = run("worker", "--once", tmp_path=tmp_path, **variables)
    assert worked.returncode == 0, worked
    (message,) = received.messages
    assert message.verified(created.stdout.strip())["type"] == "merge.settled"


@contextmanager
def in_a_thread(said):
    with sending.sending(said.append) as thread:
        yield thread


def test_a_worker_waits_for_webhooks_and_tells_a_trouble_once(capsys, monkeypatch):
    monkeypatch.setattr(sending, "_PAUSE_SECONDS", 0.01)
    said, asked = [], []

    def fail():
        asked.append(1)
        raise LockTimeout

    with receiver() as received:
        with monkeypatch.context() as patch:
            patch.setattr(sending, "has_webhooks", fail)
            with in_a_thread(said) as thread:
                received.wait_until(lambda: len(asked) >= 3)
                thread.require_working()
        assert said == [str(LockTimeout())]
        with in_a_thread(said):
            webhooks(capsys, "create", received.url)
            tell(2)
            received.wait_until(lambda: len(received.messages) == 2)


def test_an_error_of_the_thread_ends_the_worker(monkeypatch):
    def fail():
        raise ValueError("broken")

    monkeypatch.setattr(sending, "has_webhooks", fail)
    with in_a_thread([]) as thread:
        thread.join(60)
        with pytest.raises(ValueError, match="broken"):
            thread.require_working()


def test_the_example_of_a_receiver_takes_genuine_messages_alone():
    with subprocess.Popen(
        [sys.executable, ROOT / "examples/receiver.py", "0"],
        env={**os.environ, "RECEIVER_SECRET": SECRETS[1]},
        stdout=subprocess.PIPE,
        text=True,
    ) as process:
        try:
            port = process.stdout.readline().split()[-1]
            url = f"http://127.0.0.1:{port}/"
            with Outbox(networks(["127.0.0.0/8"])) as outbox:
                assert outbox.post(EVENT, url, SECRETS).result(60).attempt.status == 204
                assert outbox.post(EVENT, url, SECRETS[:1]).result(60).attempt.status == 401
            assert "person.merged {'number': 7, 'personId': 3}" in process.stdout.readline()
        finally:
            process.kill()
