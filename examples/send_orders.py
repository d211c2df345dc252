"""Send the rows of a CSV file to a running Reunite, one by one, and say what came of it.

    python examples/send_orders.py orders.csv --email email --phone phone

Rows go to `/identify` in the order of the file, over one connection. The report counts what the
answers said: outcomes, persons, refused rows. With --truth, a column that says who is really who,
it compares pairs of rows: how many that Reunite calls one person are one (precision), and how many
that are one it found (recall). Where the server asks for keys, set REUNITE_KEY. Needs nothing but
Python.
"""

import argparse
import csv
import json
import os
import time
from collections import Counter, defaultdict
from collections.abc import Hashable, Iterable, Iterator
from contextlib import closing
from http.client import HTTPConnection, HTTPSConnection
from pathlib import Path
from typing import Any, NamedTuple
from urllib.parse import urlsplit

Details = dict[str, str]
"""The body of a request: `email`, `phoneNumber` or both, as they stand in the file."""

BUSY = {429, 503}
TRIES = 5
SHOWN = 5


class Answer(NamedTuple):
    """What the server said to one row."""

    status: int
    outcome: str | None
    retry_after_seconds: float
    body: dict[str, Any]


class Client:
    """One connection to a server."""

    def __init__(self, url: str, *, key: str = "") -> None:
        address = urlsplit(url)
        kind = HTTPSConnection if address.scheme == "https" else HTTPConnection
        self._connection = kind(address.netloc, timeout=30)
        self._path = f"{address.path.rstrip('/')}/identify"
        self._headers = {"Content-Type": "application/json"}
        if key:
            self._headers["Authorization"] = f"Bearer {key}"
        self.close = self._connection.close

    def identify(self, details: Details) -> Answer:
        """Send details until the server is not busy: repeating a request changes nothing."""
        for _ in range(TRIES):
            answer = self._post(details)
            if answer.status not in BUSY:
                break
            time.sleep(answer.retry_after_seconds)
        return answer

    def _post(self, details: Details) -> Answer:
        self._connection.request("POST", self._path, json.dumps(details), self._headers)
        response = self._connection.getresponse()
        return Answer(
            response.status,
            response.headers["Reunite-Outcome"],
            float(response.headers["Retry-After"] or 0),
            json.load(response),
        )


class Tally:
    """What all answers say together."""

    def __init__(self) -> None:
        self.outcomes: Counter[str] = Counter()
        self.refused: defaultdict[str, list[Details]] = defaultdict(list)
        self.contacts: dict[int, dict[str, Any]] = {}
        self._contact_of_row: list[int | None] = []
        self._person_of_contact: dict[int, int] = {}

    def add(self, details: Details, answer: Answer) -> None:
        """Note the answer to the next row."""
        if answer.outcome is None:
            self.refused[answer.body["code"]].append(details)
            self._contact_of_row.append(None)
            return
        self.outcomes[answer.outcome] += 1
        contact = answer.body["contact"]
        person = contact["primaryContactId"]
        self.contacts[person] = contact
        self._contact_of_row.append(person)
        # A merge answers with all contacts of both, so earlier rows follow to the survivor.
        for id in (person, *contact["secondaryContactIds"]):
            self._person_of_contact[id] = person

    @property
    def rows(self) -> int:
        """How many rows were sent."""
        return len(self._contact_of_row)

    @property
    def persons(self) -> list[int | None]:
        """For each row the person it belongs to now; None where it was refused."""
        return [id and self._person_of_contact[id] for id in self._contact_of_row]


def main() -> None:
    """Read the command line, send the file, print the report."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("file", type=Path, metavar="FILE.csv", help="with a line of column names")
    parser.add_argument("--email", metavar="COLUMN", help="where the emails are")
    parser.add_argument("--phone", metavar="COLUMN", help="where the phone numbers are")
    parser.add_argument("--truth", metavar="COLUMN", help="equal where two rows are one person")
    parser.add_argument("--server", metavar="URL", default="http://127.0.0.1:8000")
    options = parser.parse_args()
    if not (options.email or options.phone):
        parser.error("name the column of the emails with --email, of the phones with --phone")

    tally, truth = Tally(), []
    started = time.perf_counter()
    try:
        with (
            options.file.open(newline="", encoding="utf-8-sig") as lines,
            closing(Client(options.server, key=os.environ.get("REUNITE_KEY", ""))) as client,
        ):
            rows = csv.DictReader(lines)
            there = rows.fieldnames or []
            for column in (options.email, options.phone, options.truth):
                if column is not None and column not in there:
                    parser.error(f"there is no column {column!r} among {', '.join(there)}")
            for row in rows:
                details = details_of(row, email=options.email, phone=options.phone)
                tally.add(details, client.identify(details))
                truth.append(row[options.truth] if options.truth else None)
    except OSError as error:
        parser.error(f"{error}: is {options.file} there, and does {options.server} answer?")
    seconds = time.perf_counter() - started

    print("\n".join(report(tally, seconds)))
    if options.truth:
        print("\n".join(compare(truth, tally.persons)))


def details_of(row: dict[str, str], *, email: str | None, phone: str | None) -> Details:
    """The body to send for a row; an empty cell means that nothing is known."""
    columns = {"email": email, "phoneNumber": phone}
    return {name: row[column] for name, column in columns.items() if column and row[column]}


def report(tally: Tally, seconds: float) -> Iterator[str]:
    """What happened, line by line."""
    persons = Counter(person for person in tally.persons if person is not None)
    yield f"{tally.rows:,} rows sent in {seconds:.1f} s: {tally.rows / seconds:,.0f} a second"
    yield f"{len(persons):,} persons"
    yield "outcomes: " + ", ".join(f"{name} {n:,}" for name, n in tally.outcomes.most_common())
    for code, refused in sorted(tally.refused.items()):
        examples = list(dict.fromkeys(json.dumps(details) for details in refused))[:SHOWN]
        yield f"refused, {code}: {len(refused):,} rows, like {' '.join(examples)}"
    yield "persons of the most rows:"
    for person, rows in persons.most_common(SHOWN):
        contact = tally.contacts[person]
        emails, phones = contact["emails"], contact["phoneNumbers"]
        known = ", ".join((emails + phones)[:SHOWN])
        more = len(emails + phones) - SHOWN
        yield f"  {person}: {rows} rows, {known}" + (f" and {more} more" if more > 0 else "")


def compare(truth: list[str | None], persons: list[int | None]) -> Iterator[str]:
    """How well the persons fit the truth, line by line, in pairs of rows."""
    # A row whose truth is not known is one of its own.
    true = [("row", n) if value in ("", None) else value for n, value in enumerate(truth)]
    answered = [each for each in zip(true, persons, strict=True) if each[1] is not None]
    found, right = pairs(person for _, person in answered), pairs(answered)
    findable = pairs(value for value, _ in answered)
    yield f"pairs of rows found to be one person: {found:,}, of them true {right:,}"
    yield f"precision {ratio(right, found)}"
    yield (
        f"recall {ratio(right, findable)} of {findable:,} true pairs among the answered rows, "
        f"{ratio(right, pairs(true))} of {pairs(true):,} among all"
    )


def pairs(values: Iterable[Hashable]) -> int:
    """How many pairs of rows have equal values."""
    return sum(n * (n - 1) // 2 for n in Counter(values).values())


def ratio(part: int, whole: int) -> str:
    """A ratio with three digits, if there is one."""
    return f"{part / whole:.3f}" if whole else "none"


if __name__ == "__main__":
    main()
