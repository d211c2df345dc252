"""The client against a real server, which is killed and started again meanwhile."""

import asyncio
import subprocess
import sys
import threading
import time
from itertools import pairwise

import pytest

from reunite.client import (
    AsyncClient,
    Client,
    Contacts,
    Events,
    NotAllowed,
    NotFound,
    Position,
    ProblemError,
    UnexpectedAnswer,
    moves,
    verify,
)
from reunite.client.webhooks import NotGenuine
from tests.docs.documents import DOCS, Document
from tests.receiver import receiver
from tests.server import running_server

STORED = """
    SELECT id, coalesce(linked_id, id), email FROM contact WHERE deleted_at IS NULL ORDER BY id
"""
ADDRESS = "http://127.0.0.1:8000"
KEY = "of-the-first-administrator-" + "x" * 32


@pytest.fixture(scope="module")
def server(tmp_path_factory):
    folder = tmp_path_factory.mktemp("client")
    with running_server(folder, IMPORT_WORKER="1", WORKERS="1") as server:
        yield server


@pytest.fixture
def client(server):
    with Client(server.url, deadline_seconds=60) as client:
        yield client


def test_a_person_is_identified_and_found(client):
    answer = client.identify(email="a@one.example", phone_number="1001", request_id="order-1")
    id = answer["contact"]["primaryContactId"]
    decided = client.identify(email="b@one.example", phone_number=1001, include="decision")

    assert decided["contact"]["emails"] == ["a@one.example", "b@one.example"]
    assert decided["decision"]["outcome"] == "linked"
    assert client.resolve(email="B@one.example")["contact"]["primaryContactId"] == id
    (found,) = client.search_persons(phone_number="1001")["persons"]
    assert found["primaryContactId"] == id
    assert len(client.show_person(id)["contacts"]) == 2
    first, *_ = client.show_history(id, limit=10)["events"]
    assert (first["type"], first["requestId"]) == ("contact.created", "order-1")
    chain = client.explain(from_={"email": "a@one.example"}, to={"email": "b@one.example"})
    assert chain["connected"]
    assert client.readyz() == {"status": "ok"}


def test_a_repair_is_tried_made_and_undone(client):
    ids = [
        client.identify(email=f"{name}@two.example", phone_number="1002", include="decision")
        for name in "ab"
    ]
    id, other = ids[0]["contact"]["primaryContactId"], ids[1]["decision"]["created"]

    tried = client.split_person(id, contact_ids=[other], keep_apart=False, dry_run=True)
    assert [each["primaryContactId"] for each in tried["persons"]] == [id, other]
    assert tried["undo"] is None
    done = client.split_person(id, contact_ids=[other], reason="Two people.")
    repair = int(done["undo"]["path"].split("/")[2])
    assert client.list_separations(person_id=id)["separations"][0]["contactIds"] == [id, other]
    (whole,) = client.undo_repair(repair)["persons"]
    assert whole["secondaryContactIds"] == [other]


def test_a_refusal_names_its_code_and_its_remedy(client):
    with pytest.raises(ProblemError) as error:
        client.identify(email="mcfly")
    assert error.value.code == "invalid_email"
    assert "lorraine@hillvalley.edu" in error.value.detail
    assert error.value.errors[0]["field"] == "email"
    assert error.value.request_id in str(error.value)
    with pytest.raises(NotFound, match="person_not_found"):
        client.show_person(10**12)


def test_any_number_of_requests_goes_in_batches(client):
    requests = [{"email": f"{n}@three.example"} for n in range(7)] + [{"email": "mcfly"}]
    read = []

    def reading():
        for each in requests:
            read.append(each)
            yield each

    results = client.identify_many(reading(), size=3, decisions=True)
    first = next(results)
    assert first["decision"]["outcome"] == "created"
    assert len(read) == 3
    *others, last = results
    assert {each["outcome"] for each in others} == {"created"}
    assert last["problem"]["code"] == "invalid_email"
    assert len(others) + 2 == len(requests)


def test_requests_of_tasks_are_gathered_into_batches(server):
    async def gather():
        sent = []
        async with AsyncClient(server.url, deadline_seconds=60) as client:
            batches = client.batches(size=40)
            send = batches._send
            batches._send = lambda requests: sent.append(len(requests)) or send(requests)
            async with batches:
                results = await asyncio.gather(
                    *(
                        batches.identify(email=f"{n}@four.example", phone_number=f"1004{n % 3}")
                        for n in range(100)
                    ),
                    batches.identify(email="mcfly"),
                    return_exceptions=True,
                )
            streamed = [
                each["outcome"]
                async for each in client.identify_many(
                    [{"email": f"{n}@four.example"} for n in range(5)], size=2
                )
            ]
        return results, sent, streamed

    (*results, refused), sent, streamed = asyncio.run(gather())
    assert sum(sent) == 101
    assert max(sent) == 40
    assert len(sent) == 3
    for n, each in enumerate(results):
        assert f"{n}@four.example" in each["contact"]["emails"]
    assert isinstance(refused, ProblemError)
    assert refused.code == "invalid_email"
    assert streamed == ["unchanged"] * 5


def test_every_task_of_a_batch_that_fails_gets_the_error(server):
    async def gather():
        async with (
            AsyncClient(f"{server.url}/nowhere", deadline_seconds=60) as client,
            client.batches() as batches,
        ):
            return await asyncio.gather(
                *(batches.identify(email=f"{n}@five.example") for n in range(3)),
                return_exceptions=True,
            )

    assert {type(each) for each in asyncio.run(gather())} <= {NotFound, UnexpectedAnswer}


class Copy:
    """A copy of persons, as a follower keeps it."""

    def __init__(self):
        self.persons = {}
        self.position = None
        self.snapshots = 0

    def take(self, page, following):
        if isinstance(page, Contacts):
            if page.is_first:
                self.persons.clear()
                self.snapshots += 1
            self.persons.update({each["contactId"]: each["personId"] for each in page.contacts})
            if page.is_last:
                self.position = page.position
            return
        assert isinstance(page, Events)
        for event in page.events:
            moved = moves(event)
            if moved is None:
                following.begin_again()
                return
            for id in moved.gone:
                del self.persons[id]
            self.persons.update(moved.persons)
        self.position = page.position

    def follow(self, client):
        following = client.follow(self.position, until_now=True)
        for page in following:
            self.take(page, following)
        return self

    async def follow_in_a_task(self, url):
        async with AsyncClient(url, deadline_seconds=60) as client:
            following = client.follow(self.position, until_now=True)
            async for page in following:
                self.take(page, following)
        return self


def stored(server):
    return {id: person for id, person, _ in server.database.rows(STORED)}


def test_a_follower_has_the_persons_of_the_server(server, client):
    client.identify(email="a@six.example", phone_number="1006")
    copy = Copy().follow(client)
    assert copy.persons == stored(server)
    assert copy.snapshots == 1

    joined = client.identify(email="b@six.example", phone_number="1006", include="decision")
    client.delete_contact(joined["decision"]["created"])
    client.identify(email="c@six.example", phone_number="1006")
    assert copy.follow(client).persons == stored(server)
    assert copy.snapshots == 1
    task = asyncio.run(Copy().follow_in_a_task(server.url))
    assert (task.persons, task.position) == (copy.persons, copy.position)

    copy.position = Position(copy.position.number, "0" * 16)
    assert copy.follow(client).persons == stored(server)
    assert copy.snapshots == 2


def test_a_file_is_imported_and_followers_take_a_snapshot(server, client, tmp_path):
    file = tmp_path / "orders.csv"
    file.write_text("email,phone\na@seven.example,1007\nb@seven.example,1007\nnobody,\n")
    copy = Copy().follow(client)
    (answer, again) = (
        client.upload_file(content, name="orders.csv", no_created_at=True, dry_run=dry)
        for content, dry in ((file.read_bytes(), True), (file, False))
    )
    for each in (answer, again):
        give_up_at = time.monotonic() + 120
        while (shown := client.show_import(each["id"]))["state"] in {"waiting", "running"}:
            assert time.monotonic() < give_up_at
            time.sleep(0.1)
        assert shown["state"] == "done", shown["reason"]
    assert "invalid_email" in client.refused_rows(again["id"])
    assert client.resolve(email="b@seven.example")["contact"]["phoneNumbers"] == ["1007"]
    assert copy.follow(client).persons == stored(server)


def test_a_message_of_a_webhook_is_verified(server, client):
    with receiver(lambda message: 204) as receiving:
        webhook = client.create_webhook(url=receiving.url, types=["contact.created"])
        person = client.identify(email="a@eight.example")["contact"]["primaryContactId"]
        receiving.wait_until(lambda: receiving.messages)
        client.delete_webhook(webhook["id"])
    (came,) = receiving.messages
    message = verify(came.body, came.headers, "whsec_bm90IHRoaXMgb25l", webhook["secret"])
    assert (message.id, message.type, message.person_id) == (came.id, "contact.created", person)
    assert message.number == came.number
    assert message.happened_at.tzinfo is not None
    for body, secret in ((came.body + b" ", webhook["secret"]), (came.body, "whsec_bm90aGlz")):
        with pytest.raises(NotGenuine):
            verify(body, came.headers, secret)


def keys(url):
    """A key for each of two clients, made with the key of the first administrator."""
    with Client(url) as nobody, pytest.raises(NotAllowed, match="key_missing"):
        nobody.identify(email="a@nine.example")
    with Client(url, key=KEY) as administrator:
        new = administrator.create_key(name="administrator", scopes=["admin"])
    with Client(url, key=new["key"]) as administrator:
        shop, follower = (
            administrator.create_key(name=scope, scopes=[scope])["key"]
            for scope in ("identify", "feed")
        )
    with Client(url, key=shop) as client, pytest.raises(NotAllowed, match="scope_missing"):
        client.list_links()
    return shop, follower


def test_requests_are_answered_although_the_server_is_killed_meanwhile(tmp_path):
    with running_server(tmp_path, REUNITE_BOOTSTRAP_KEY=KEY) as server:
        shop, follower = keys(server.url)
        ended, last_is_sent = threading.Event(), threading.Event()
        answered = []

        def send():
            with Client(server.url, key=shop, deadline_seconds=120) as client:
                while not ended.is_set():
                    n = len(answered)
                    answer = client.identify(email=f"{n}@nine.example", phone_number=f"9{n // 2}")
                    answered.append(answer["contact"]["primaryContactId"])

        def follow():
            with Client(server.url, key=follower) as client:
                following = client.follow()
                for page in following:
                    copy.take(page, following)
                    if last_is_sent.is_set() and copy.persons == stored(server):
                        return

        def wait_for(more):
            wanted = len(answered) + more
            while len(answered) < wanted:
                sending.join(0.02)
                assert sending.is_alive()

        copy = Copy()
        sending, following = (threading.Thread(target=each, daemon=True) for each in (send, follow))
        sending.start()
        following.start()
        for _ in range(2):
            wait_for(20)
            server.kill()
            server.start()
        wait_for(5)
        ended.set()
        sending.join(120)
        last_is_sent.set()
        with Client(server.url, key=shop) as client:
            client.identify(email="last@nine.example")  # The follower waits for an event.
        following.join(120)
        assert not sending.is_alive()
        assert not following.is_alive()

        emails = {email for *_, email in server.database.rows(STORED)}
        assert emails >= {f"{n}@nine.example" for n in range(len(answered))}
        assert copy.persons == stored(server)
        assert copy.snapshots == 1
        assert server.check().returncode == 0


def test_the_programs_of_the_guide_print_what_it_shows(tmp_path):
    blocks = Document(DOCS / "how-to" / "use-the-client.md").blocks
    with running_server(tmp_path) as server:
        run = 0
        for block, shown in pairwise(blocks):
            if block.language == "python" and shown.language == "text":
                done = subprocess.run(
                    [sys.executable, "-W", "error", "-c", block.text.replace(ADDRESS, server.url)],
                    capture_output=True,
                    text=True,
                    timeout=60,
                    check=False,
                )
                assert done.stdout == shown.text.rstrip() + "\n", done.stderr
                run += 1
        assert run == 6
