"""Keep a copy of all persons in a SQLite file, up to date with a running Reunite.

    python examples/follower.py persons.sqlite3 --server http://127.0.0.1:8000

The table `contact` has each contact with its person, its email and its phone number; the view
`person` counts them. The first run takes a snapshot, and then follows the change feed until it is
interrupted (--once: until nothing is new). Every page of events is one transaction with its number,
so a run that was killed goes on where it was. Needs nothing but Python.
"""

import argparse
import json
import sqlite3
import time
from collections.abc import Iterator
from contextlib import closing, suppress
from http.client import HTTPConnection, HTTPException, HTTPSConnection
from typing import Any
from urllib.parse import urlencode, urlsplit

Json = dict[str, Any]

OK, GONE, BUSY = 200, 410, 503
TRIES = 10
PAUSE_SECONDS = 1.0
EVENTS, CONTACTS = 1_000, 1_000
WAIT_SECONDS = 30
MOVES_NOBODY = {
    *("merge.held", "merge.settled", "merge.reopened"),
    *("person.suspicious", "webhook.disabled"),
}

TABLES = """
    PRAGMA secure_delete = ON;  -- What was erased shall not be left in the file.
    CREATE TABLE IF NOT EXISTS contact (
        id INTEGER PRIMARY KEY, person_id INTEGER NOT NULL, email TEXT, phone_number TEXT);
    CREATE INDEX IF NOT EXISTS contact_person ON contact (person_id);
    CREATE TABLE IF NOT EXISTS followed (number INTEGER NOT NULL);
    CREATE VIEW IF NOT EXISTS person AS
        SELECT person_id AS id, count(*) AS contacts, count(DISTINCT email) AS emails,
               count(DISTINCT phone_number) AS phone_numbers
        FROM contact GROUP BY person_id;
"""


class SnapshotNeeded(Exception):
    """Events cannot tell how to go on."""


class Feed:
    """The feed of a server, over one connection."""

    def __init__(self, url: str) -> None:
        address = urlsplit(url)
        kind = HTTPSConnection if address.scheme == "https" else HTTPConnection
        self._connection = kind(address.netloc, timeout=WAIT_SECONDS + 30)
        self._path = address.path.rstrip("/")
        self.close = self._connection.close

    def events(self, after: int, *, wait: int) -> list[Json]:
        """The next events after a number; raises SnapshotNeeded if they are pruned."""
        page = self._get("events", after=after, limit=EVENTS, wait=wait)
        found: list[Json] = page["events"]
        return found

    def snapshot(self, after: int, limit: int = CONTACTS) -> Json:
        """A page of contacts with their persons, as they are now."""
        return self._get("snapshot", after=after, limit=limit)

    def _get(self, name: str, **parameters: int) -> Json:
        """Ask until the server answers: asking again changes nothing."""
        for tries_left in reversed(range(TRIES)):
            try:
                self._connection.request("GET", f"{self._path}/{name}?{urlencode(parameters)}")
                response = self._connection.getresponse()
                answer: Json = json.load(response)
            except (OSError, HTTPException, ValueError):
                self._connection.close()
                if not tries_left:
                    raise
            else:
                if response.status == OK:
                    return answer
                if response.status == GONE:
                    raise SnapshotNeeded
                if response.status != BUSY or not tries_left:
                    raise OSError(answer["detail"])
            time.sleep(PAUSE_SECONDS)
        raise AssertionError("the last try returns or raises")


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

    def replace(self, feed: Feed) -> None:
        """Take a snapshot. What changes between its pages is told by the events to come."""
        with self._rows:
            self._rows.execute("DELETE FROM contact")
            page = feed.snapshot(0)
            self._set_number(page["number"])
            self._add(page["contacts"])
            while page["next"] is not None:
                page = feed.snapshot(page["next"])
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
        """Ask for emails and phone numbers, which never change: ids that are near come at once.

        A contact that is not found was deleted meanwhile; an event to come says so.
        """
        wanted = sorted(id for id in ids if self._is_empty(id))
        while wanted:
            page = feed.snapshot(wanted[0] - 1, min(wanted[-1] - wanted[0] + 1, CONTACTS))
            self._rows.executemany(
                """UPDATE contact SET email = :email, phone_number = :phoneNumber
                WHERE id = :contactId""",
                page["contacts"],
            )
            wanted = [id for id in wanted if page["next"] is not None and id > page["next"]]

    def _is_empty(self, id: int) -> bool:
        sql = "SELECT coalesce(email, phone_number) IS NULL FROM contact WHERE id = ?"
        row = self._rows.execute(sql, [id]).fetchone()
        return row is not None and bool(row[0])

    def _add(self, contacts: list[Json]) -> None:
        self._rows.executemany(
            "INSERT INTO contact VALUES (:contactId, :personId, :email, :phoneNumber)", contacts
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
    if mirror.number is None:
        mirror.replace(feed)
    while True:
        asked = time.monotonic()
        try:
            events = feed.events(mirror.number or 0, wait=0 if once else WAIT_SECONDS)
            if events:
                mirror.apply(events, feed)
            elif once:
                return
            elif time.monotonic() - asked < PAUSE_SECONDS:
                time.sleep(PAUSE_SECONDS)  # The server did not wait: it has others that wait.
        except SnapshotNeeded:
            mirror.replace(feed)


def main() -> None:
    """Read the command line, and follow."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("file", metavar="FILE.sqlite3", help="made if it is not there")
    parser.add_argument("--server", metavar="URL", default="http://127.0.0.1:8000")
    parser.add_argument("--once", action="store_true", help="end when nothing is new")
    options = parser.parse_args()
    try:
        with (
            closing(Mirror(options.file)) as mirror,
            closing(Feed(options.server)) as feed,
            suppress(KeyboardInterrupt),
        ):
            follow(mirror, feed, once=options.once)
    except (OSError, HTTPException, ValueError, sqlite3.Error) as error:
        parser.error(f"{error}: can {options.file} be written, and does {options.server} answer?")


if __name__ == "__main__":
    main()
