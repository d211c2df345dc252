"""Commands of the change feed."""

from contextlib import closing

from tests.commands.test_cli import run
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
