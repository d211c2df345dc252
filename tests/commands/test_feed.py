"""Commands of the change feed."""

import os
from contextlib import closing

import pytest

from tests.commands.test_cli import run, told_in_one_line
from tests.server import fresh_database

EVENTS = """
    INSERT INTO event (workspace_id, type, person_id, payload, created_at)
    SELECT 0, 'merge.settled', 1, '{"linkId": 1}', '2023-04-01 12:00:00'
    FROM (SELECT 1 AS a UNION ALL SELECT 2) AS n
"""
WAITING = "INSERT INTO unnumbered (position, workspace_id) SELECT position, workspace_id FROM event"
DOUBLE = EVENTS.replace("(SELECT 1 AS a UNION ALL SELECT 2) AS n", "event")


def test_a_worker_gives_numbers_where_many_events_have_none(tmp_path):
    with fresh_database(tmp_path) as database, closing(database.connect()) as connection:
        connection.execute(EVENTS)
        for _ in range(13):
            connection.execute(DOUBLE)
        connection.execute(WAITING)

        worked = run("worker", "--once", tmp_path=tmp_path, DATABASE_URL=database.url)

        assert worked.returncode == 0, worked
        assert database.rows("SELECT count(*), max(number) FROM numbered") == [(10_000, 10_000)]
        assert database.rows("SELECT count(*) FROM unnumbered") == [(2**14 - 10_000,)]


def test_a_command_lets_followers_begin_anew(tmp_path):
    with fresh_database(tmp_path) as database:
        before = database.rows("SELECT feed_id FROM workspace")

        restarted = run("restart-feed", tmp_path=tmp_path, DATABASE_URL=database.url)

        assert (restarted.returncode, restarted.stderr) == (0, "")
        assert "followers take a new snapshot" in restarted.stdout
        assert database.rows("SELECT feed_id FROM workspace") != before
        assert before[0][0] != ""


def test_prune_deletes_what_the_settings_say_is_too_old(tmp_path):
    with fresh_database(tmp_path) as database, closing(database.connect()) as connection:
        connection.execute(EVENTS)
        connection.execute(WAITING)
        folder = tmp_path / "imports"
        folder.mkdir()
        old = folder / "1.refused.csv"
        old.touch()
        os.utime(old, (0, 0))
        variables = {"DATABASE_URL": database.url, "IMPORT_FOLDER": str(folder)}

        kept = run("prune", tmp_path=tmp_path, **variables)
        days = {"EVENT_RETENTION_DAYS": "30", "IMPORT_RETENTION_DAYS": "1000"}
        pruned = run("prune", tmp_path=tmp_path, **variables, **days)

        assert kept.stdout.splitlines() == [
            "events: all are kept, since EVENT_RETENTION_DAYS is not set",
            "imports: all are kept, since IMPORT_RETENTION_DAYS is not set",
            "deliveries: 0 older than 30 days deleted",
            "lists of refused rows: 1 older than 30 days deleted",
        ]
        assert pruned.stdout.splitlines() == [
            "events: 1 older than 30 days deleted",
            "imports: 0 older than 1,000 days deleted",
            "deliveries: 0 older than 30 days deleted",
            "lists of refused rows: 0 older than 30 days deleted",
        ]
        assert database.rows("SELECT number FROM numbered") == [(2,)]


@pytest.mark.parametrize("days", ["0", "-1", "many"])
def test_a_retention_that_is_no_number_of_days_is_refused(tmp_path, days):
    told = told_in_one_line(run("prune", tmp_path=tmp_path, EVENT_RETENTION_DAYS=days))
    assert "EVENT_RETENTION_DAYS" in told
