"""What processes count, and what the tables tell."""

from datetime import UTC, datetime, timedelta

import pytest
from django.db import connection

from reunite import counting
from reunite.core.errors import DatabaseUnavailable, LockTimeout, OtherWorkspaces
from reunite.core.metrics import METRICS
from reunite.core.scope import Scope
from reunite.counting import Counters, SharedCounts, all_counted, counters
from reunite.models import Delivery, Webhook
from reunite.services.access.workspaces import create_workspace
from reunite.services.identify.batch import identify_batch
from reunite.services.identify.identify import identify
from reunite.services.metrics import read_metrics
from reunite.services.repair.separate import separate
from reunite.services.webhooks.deliveries import make_deliveries
from reunite.services.webhooks.webhooks import create_webhook, disable_webhook
from reunite.store.database.dialects import Restart
from reunite.store.database.transactions import retried
from reunite.store.database.waiting import Turns, limited, turn
from tests.scopes import SCOPE
from tests.services.webhooks.work import tell


def counted(*key):
    return counters.figures().get(key, 0)


@pytest.fixture
def more():
    """How much more was counted since the test began."""
    before = counters.figures()
    return lambda *key: counted(*key) - before.get(key, 0)


def test_outcomes_are_counted_also_those_of_batches(more):
    one = identify(SCOPE, "a@x.example", None).person.id
    identify(SCOPE, "a@x.example", None)
    two = identify(SCOPE, None, "1").person.id
    separate(SCOPE, one, two)
    identify_batch(SCOPE, [("a@x.example", "1"), ("c@x.example", None), (None, None)])

    assert more("reunite_outcomes_total", "created") == 3
    assert more("reunite_outcomes_total", "unchanged") == 1
    assert more("reunite_outcomes_total", "held") == 1
    assert more("reunite_stopped_merges_total", "kept_apart") == 1


def test_transactions_that_begin_again_and_that_give_up_are_counted(more):
    causes = iter([Restart(), DatabaseUnavailable()])

    def attempt(_):
        for cause in causes:
            raise cause
        return "done"

    assert retried(attempt) == "done"
    assert more("reunite_retries_total", "collision") == 1
    assert more("reunite_retries_total", "database_unavailable") == 1

    def fail(_):
        raise LockTimeout

    with limited(5.0), pytest.raises(LockTimeout):
        retried(fail)
    assert more("reunite_given_up_total", "lock_timeout") == 1


def test_a_request_that_is_asked_again_has_not_given_up(more):
    def fail(seconds):
        with turn(seconds):
            raise LockTimeout

    with limited(5.0, Turns(1), may_wait=False), pytest.raises(LockTimeout):
        retried(fail)
    assert more("reunite_given_up_total", "lock_timeout") == 0


def test_the_tables_tell_what_waits():
    create_workspace(SCOPE, "shop-de")
    id = create_webhook(SCOPE, "https://shop.example/").shown.webhook.id
    other = create_webhook(SCOPE, "https://other.example/").shown.webhook.id
    tell(3)
    make_deliveries()
    disable_webhook(SCOPE, other)
    now = datetime.now(UTC)
    Delivery.objects.filter(webhook_id=id, number=1).update(happened_at=now - timedelta(hours=1))
    Delivery.objects.filter(webhook_id=id, number=2).update(
        state="dead", next_attempt_at=None, ended_at=now
    )
    Webhook.objects.filter(pk=id).update(failing_since=now, number=2)

    found = read_metrics(SCOPE)

    assert found["reunite_held_links", "default"] == 0
    assert found["reunite_feed_number", "default"] == 3
    assert found["reunite_feed_number", "shop-de"] == 0
    assert found["reunite_unnumbered_events",] == 1
    assert found["reunite_last_contact_id",] > 2
    assert found["reunite_database_bytes",] > 10_000
    assert found["reunite_webhooks", "failing"] == 1
    assert found["reunite_webhooks", "disabled"] == 1
    assert found["reunite_deliveries", str(id), "waiting"] == 2
    assert found["reunite_deliveries", str(id), "dead"] == 1
    assert 3_500 < found["reunite_oldest_delivery_seconds", str(id)] < 4_000
    assert ("reunite_oldest_delivery_seconds", str(other)) not in found
    assert found["reunite_webhook_lag", str(id)] == 1
    connections = [key for key in found if key[0] == "reunite_database_connections"]
    assert bool(connections) == (connection.vendor == "postgresql")
    assert found["reunite_processes",] == 1
    labels = {each.name: len(each.labels) for each in METRICS}
    assert all(len(rest) == labels[name] for name, *rest in found)


def test_another_workspace_reads_no_metrics():
    other = Scope(create_workspace(SCOPE, "shop-de").workspace.id)
    with pytest.raises(OtherWorkspaces):
        read_metrics(other)


def test_processes_that_share_a_folder_are_counted_together(tmp_path):
    own, others = Counters(), Counters()
    one, two = SharedCounts(tmp_path, own), SharedCounts(tmp_path, others)
    own.count("c_total", "a")
    others.count("c_total", "a")
    others.observe("h", seconds=0.2)
    two.write()
    assert one.read() == two.read()
    figures, alive = one.read()
    assert (figures["c_total", "a"], alive) == (2.0, 2)
    assert sum(figures["h",][:-1]) == 1
    one.close()
    two.close()


def test_the_counts_of_a_process_that_has_ended_stay_and_its_files_do_not(tmp_path):
    own = Counters()
    reader = SharedCounts(tmp_path, own)
    for _ in range(3):
        counts = Counters()
        ended = SharedCounts(tmp_path, counts)
        counts.count("c_total")
        ended.write()
        ended.close()
    silent = SharedCounts(tmp_path, Counters())
    silent.close()  # It has written nothing.

    for _ in range(2):
        assert reader.read() == ({("c_total",): 3.0}, 1)
    names = {path.suffix for path in tmp_path.iterdir()}
    assert names == {".lock", ".json", ""}
    assert len(list(tmp_path.iterdir())) == 4
    reader.close()


def test_a_process_writes_its_counts_again_and_again_until_the_folder_is_gone(
    tmp_path, monkeypatch
):
    monkeypatch.setattr(counting, "WRITTEN_EVERY_SECONDS", 0.01)
    monkeypatch.setattr(counting._process, "shared", None)
    folder = tmp_path / "counts"
    folder.mkdir()
    counting.share(folder)
    counters.count("reunite_requests_total", "other", "200")
    figures, alive = all_counted()
    assert figures["reunite_requests_total", "other", "200"] >= 1
    assert alive == 1
    counting._process.shared.close()
