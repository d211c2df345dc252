"""Keep a copy of all persons in a SQLite file, up to date with a running Reunite.

    python examples/follower.py persons.sqlite3 --server http://127.0.0.1:8000

The table `contact` has each contact with its person, its email and its phone number; the table
`identifier` has the values of declared kinds; the view `person` counts the contacts. The first run
takes a snapshot, and then follows the change feed until it is interrupted (--once: until nothing is
new). Every page of events is one transaction with its number, so a run that was killed goes on
where it was. After a restore of the server's database the feed has another id, and the next request
takes a new snapshot. Where the server asks for keys, set REUNITE_KEY, or name a file with
--key-file. Needs nothing but Python.
"""

import argparse
import json
import os
import random
import sqlite3
import time
from collections.abc import Iterator
from contextlib import closing, suppress
from http.client import HTTPConnection, HTTPException, HTTPSConnection
from pathlib import Path
from typing import Any
from urllib.parse import urlencode, urlsplit

Json = dict[str, Any]

OK, GONE = 200, 410
FOR_A_WHILE = {429, 502, 503, 504}
FIRST_PAUSE_SECONDS, LONGEST_PAUSE_SECONDS = 1.0, 60.0
PATIENCE_SECONDS = 3_600.0
PAUSE_SECONDS = 1.0
EVENTS, CONTACTS = 1_000, 1_000
WAIT_SECONDS = 30
MOVES_NOBODY = {
    *("merge.held", "merge.settled", "merge.reopened", "merge.deferred"),
    *("person.suspicious", "webhook.disabled"),
}

TABLES = """
    PRAGMA secure_delete = ON;  -- What was erased shall not be left in the file.
    PRAGMA foreign_keys = ON;
    CREATE TABLE IF NOT EXISTS contact (
        id INTEGER PRIMARY KEY, person_id INTEGER NOT NULL, email TEXT, phone_number TEXT);
    CREATE INDEX IF NOT EXISTS contact_person ON contact (person_id);
    CREATE TABLE IF NOT EXISTS identifier (
        contact_id INTEGER NOT NULL REFERENCES contact ON DELETE CASCADE,
        kind TEXT NOT NULL, value TEXT NOT NULL);
    CREATE INDEX IF NOT EXISTS identifier_contact ON identifier (contact_id);
    CREATE INDEX IF NOT EXISTS identifier_value ON identifier (kind, value);
    CREATE TABLE IF NOT EXISTS followed (number INTEGER NOT NULL);
    CREATE TABLE IF NOT EXISTS feed (id TEXT NOT NULL);
    CREATE VIEW IF NOT EXISTS person AS
        SELECT person_id AS id, count(*) AS contacts, count(DISTINCT email) AS emails,
               count(DISTINCT phone_number) AS phone_numbers
        FROM contact GROUP BY person_id;
"""


class SnapshotNeeded(Exception):
    """Events cannot tell how to go on."""


class Feed:
    """The feed of a server, over one connection.

    A server that is away or busy is asked again, for at most ``patience_seconds``.
    """

    def __init__(
        self, url: str, *, key: str = "", patience_seconds: float = PATIENCE_SECONDS
    ) -> None:
        address = urlsplit(url)
        kind = HTTPSConnection if address.scheme == "https" else HTTPConnection
        self._connection = kind(address.netloc, timeout=WAIT_SECONDS + 30)
        self._path = address.path.rstrip("/")
        self._headers = {"Authorization": f"Bearer {key}"} if key else {}
        self._patience_seconds = patience_seconds
        self.close = self._connection.close

    def events(self, after: int, feed_id: str | None, *, wait: int) -> list[Json]:
        """The next events after a number of a feed; raises SnapshotNeeded if there are none."""
        page = self._get("events", after=after, feedId=feed_id, limit=EVENTS, wait=wait)
        found: list[Json] = page["events"]
        return found

    def snapshot(self, after: int, feed_id: str | None = None, limit: int = CONTACTS) -> Json:
        """A page of contacts with their persons, as they are now.

        Raises SnapshotNeeded if the pages before are of another feed.
        """
        return self._get("snapshot", after=after, feedId=feed_id, limit=limit)

    def _get(self, name: str, **parameters: int | str | None) -> Json:
        """Ask until the server answers: asking again changes nothing."""
        given = {name: value for name, value in parameters.items() if value is not None}
        path = f"{self._path}/{name}?{urlencode(given)}"
        give_up_at = time.monotonic() + self._patience_seconds
        pause = FIRST_PAUSE_SECONDS
        while True:
            wanted = 0.0
            try:
                self._connection.request("GET", path, headers=self._headers)
                response = self._connection.getresponse()
                content = response.read()
            except (OSError, HTTPException) as error:
                self._connection.close()
                trouble = str(error) or type(error).__name__
            else:
                if response.status == OK:
                    answer: Json = json.loads(content)
                    return answer
                if response.status == GONE:
                    raise SnapshotNeeded
                trouble = f"status {response.status}, {content[:500].decode(errors='replace')}"
                if response.status not in FOR_A_WHILE:
                    raise OSError(trouble)
                wanted = float(response.headers["Retry-After"] or 0)
            left = give_up_at - time.monotonic()
            if left <= 0:
                raise OSError(f"no answer for {self._patience_seconds:g} s: {trouble}")
            # Followers that all lost their server shall not come back at the same moment.
            seconds = max(wanted, pause) * random.uniform(0.5, 1.5)  # noqa: S311  # no secret
            time.sleep(min(seconds, left))
            pause = min(2 * pause, LONGEST_PAUSE_SECONDS)


class Mirror:
    """The copy: a SQLite file that this program alone writes."""

    def __init__(self, file: str) -> None:
        self._rows = sqlite3.connect(file)
        self._rows.executescript(TABLES)
        self.close = self._rows.close

    @property
    def number(self) -> int | None:
        """The number up to which events are in the copy; None before the first snapshot."""
        row = self._rows.execute("SELECT number FROM followed").fetchone()
        return None if row is None else int(row[0])

    @property
    def feed_id(self) -> str | None:
        """The feed that the number is of; None before the first snapshot."""
        row = self._rows.execute("SELECT id FROM feed").fetchone()
        return None if row is None else str(row[0])

    def replace(self, feed: Feed) -> None:
        """Take a snapshot. What changes between its pages is told by the events to come.

        Raises SnapshotNeeded, and leaves the copy as it was, if the feed is another one meanwhile.
        """
        with self._rows:
            self._rows.execute("DELETE FROM contact")
            page = feed.snapshot(0)
            self._set_number(page["number"])
            self._rows.execute("DELETE FROM feed")
            self._rows.execute("INSERT INTO feed VALUES (?)", [page["feedId"]])
            self._add(page["contacts"])
            while page["next"] is not None:
                page = feed.snapshot(page["next"], page["feedId"])
                self._add(page["contacts"])

    def apply(self, events: list[Json], feed: Feed) -> None:
        """Let contacts belong where events say, and ask for the values of those that are new.

        Raises SnapshotNeeded if that is not enough.
        """
        with self._rows:
            for event in events:
                gone, belong = changes(event)
                self._rows.executemany("DELETE FROM contact WHERE id = ?", [(id,) for id in gone])
                self._rows.executemany(
                    """INSERT INTO contact (id, person_id) VALUES (?, ?)
                    ON CONFLICT (id) DO UPDATE SET person_id = excluded.person_id""",
                    belong.items(),
                )
            self._fill({id for event in events for id in changes(event)[1]}, feed)
            self._set_number(events[-1]["number"])

    def _fill(self, ids: set[int], feed: Feed) -> None:
        """Ask for the values, which never change: ids that are near come at once.

        A contact that is not found was deleted meanwhile; an event to come says so.
        """
        wanted = sorted(id for id in ids if self._is_empty(id))
        while wanted:
            limit = min(wanted[-1] - wanted[0] + 1, CONTACTS)
            page = feed.snapshot(wanted[0] - 1, self.feed_id, limit)
            self._rows.executemany(
                """UPDATE contact SET email = :email, phone_number = :phoneNumber
                WHERE id = :contactId""",
                page["contacts"],
            )
            self._add_identifiers(page["contacts"])
            wanted = [id for id in wanted if page["next"] is not None and id > page["next"]]

    def _is_empty(self, id: int) -> bool:
        sql = """
            SELECT coalesce(email, phone_number, (
                SELECT value FROM identifier WHERE contact_id = contact.id LIMIT 1
            )) IS NULL FROM contact WHERE id = ?"""
        row = self._rows.execute(sql, [id]).fetchone()
        return row is not None and bool(row[0])

    def _add(self, contacts: list[Json]) -> None:
        self._rows.executemany(
            "INSERT INTO contact VALUES (:contactId, :personId, :email, :phoneNumber)", contacts
        )
        self._add_identifiers(contacts)

    def _add_identifiers(self, contacts: list[Json]) -> None:
        """Add the values of declared kinds of contacts that are in the copy."""
        self._rows.executemany(
            "DELETE FROM identifier WHERE contact_id = ?", [(c["contactId"],) for c in contacts]
        )
        self._rows.executemany(
            "INSERT INTO identifier SELECT id, ?, ? FROM contact WHERE id = ?",
            [
                (kind, value, contact["contactId"])
                for contact in contacts
                for kind, values in contact.get("identifiers", {}).items()
                for value in values
            ],
        )

    def _set_number(self, number: int) -> None:
        self._rows.execute("DELETE FROM followed")
        self._rows.execute("INSERT INTO followed VALUES (?)", [number])


def changes(event: Json) -> tuple[set[int], dict[int, int]]:
    """The contacts that are gone with an event, and the persons that contacts belong to now."""
    payload = event["payload"]
    match event["type"]:
        case "contact.created":
            return set(), {payload["contactId"]: event["personId"]}
        case "person.merged":
            return set(), dict.fromkeys(payload["contactIds"], event["personId"])
        case type if type in MOVES_NOBODY:
            return set(), {}
        case _ if "after" in payload:
            belong = dict(_members(payload["after"]))
            return {id for id, _ in _members(payload["before"])} - belong.keys(), belong
    # A file was loaded into an empty workspace, or a later version of Reunite tells of more.
    raise SnapshotNeeded


def _members(persons: list[Json]) -> Iterator[tuple[int, int]]:
    return ((id, each["personId"]) for each in persons for id in each["contactIds"])


def follow(mirror: Mirror, feed: Feed, *, once: bool) -> None:
    """Bring the copy up to date, and keep it so unless ``once``."""
    needs_snapshot = mirror.number is None
    while True:
        asked = time.monotonic()
        try:
            if needs_snapshot:
                mirror.replace(feed)
                needs_snapshot = False
            wait = 0 if once else WAIT_SECONDS
            events = feed.events(mirror.number or 0, mirror.feed_id, wait=wait)
            if events:
                mirror.apply(events, feed)
            elif once:
                return
            elif time.monotonic() - asked < PAUSE_SECONDS:
                time.sleep(PAUSE_SECONDS)  # The server did not wait: it has others that wait.
        except SnapshotNeeded:
            needs_snapshot = True


def main() -> None:
    """Read the command line, and follow."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("file", metavar="FILE.sqlite3", help="made if it is not there")
    parser.add_argument("--server", metavar="URL", default="http://127.0.0.1:8000")
    parser.add_argument("--once", action="store_true", help="end when nothing is new")
    parser.add_argument("--key-file", metavar="FILE", type=Path, help="instead of REUNITE_KEY")
    parser.add_argument(
        "--patience",
        metavar="SECONDS",
        type=float,
        default=PATIENCE_SECONDS,
        help="how long the server may be away (default: %(default)g)",
    )
    options = parser.parse_args()
    try:
        key = (
            options.key_file.read_text() if options.key_file else os.environ.get("REUNITE_KEY", "")
        )
        with (
            closing(Mirror(options.file)) as mirror,
            closing(
                Feed(options.server, key=key.strip(), patience_seconds=options.patience)
            ) as feed,
            suppress(KeyboardInterrupt),
        ):
            follow(mirror, feed, once=options.once)
    except (OSError, HTTPException, ValueError, sqlite3.Error) as error:
        parser.error(f"{error}: can {options.file} be written, and does {options.server} answer?")


if __name__ == "__main__":
    main()
