"""Orders as files hold them, and what the sequence of requests would make of them."""

import csv
import gzip
import itertools
import json
import random
from datetime import UTC, datetime, timedelta

import pyarrow as pa
import pyarrow.parquet as pq

from reunite.core.errors import InvalidRequest, NoUsableIdentifier
from reunite.core.identifiers.kinds import given_columns, key_columns
from reunite.core.identify.happenings import Created, Merged
from reunite.core.identify.replay import Replay
from reunite.core.policy.rules import policy_from
from tests.row_details import row_details

COLUMNS = ("email", "phone", "created_at", "external_id", "source")
RULES = {"normalization": {"defaultRegion": "US"}, "blocked": {"domains": ["blocked.example"]}}
START = datetime(2024, 3, 1, tzinfo=UTC)


def make_orders(count, *, seed, tick=timedelta(seconds=1)):
    """Rows (email, phone, created_at, external_id, source): clusters, chains, repeats, mistakes."""
    rng = random.Random(seed)
    names = max(3, count // 3)
    orders = []
    for number in range(count):
        email = f"u{rng.randrange(names)}@x.example.io"
        phone = f"415555{rng.randrange(names):04d}"
        if number % 4 == 0:  # A long chain among the clusters, its links in any order.
            link = rng.randrange(count // 4)
            email, phone = f"chain{(link + 1) // 2}@x.io", f"+1212555{link // 2:04d}"
        orders.append(
            (
                _spoilt(_disguised_email(email, rng), rng, "n/a", "none@example.com", "no address"),
                _spoilt(_disguised_phone(phone, rng), rng, "000000", "unknown", "none at all"),
                (START + tick * rng.randrange(count // 2)).isoformat(),
                rng.choice([None, "", f"order-{number}", "x" * 256 if number % 40 == 0 else None]),
                rng.choice([None, "shop"]),
            )
        )
        if number % 50 == 7:
            orders[-1] = (*orders[-1][:2], "the other day", *orders[-1][3:])
        if number % 50 == 9:
            orders[-1] = ("bob@sub.blocked.example", *orders[-1][1:])
    return orders


def _disguised_email(email, rng):
    return rng.choice([email, email.upper(), f" {email}"])


def _disguised_phone(phone, rng):
    digits = phone.removeprefix("+1")
    if not phone.startswith("+") and rng.random() < 0.3:
        return f"({digits[:3]}) {digits[3:6]}-{digits[6:]}"
    return phone


def _spoilt(value, rng, *mistakes):
    if rng.random() < 0.8:
        return value
    return rng.choice([None, None, "", "\u00a0", *mistakes])


def write_files(orders, folder):
    """The orders in three files of different kinds, in the order in which they are named."""
    folder.mkdir()
    third = len(orders) // 3
    with (folder / "1 first.csv").open("w", newline="") as file:
        writer = csv.writer(file)
        writer.writerow(COLUMNS)
        writer.writerows(orders[:third])
    with gzip.open(folder / "2.jsonl.gz", "wt") as file:
        for order in orders[third : 2 * third]:
            file.write(json.dumps(dict(zip(COLUMNS, order, strict=True))) + "\n")
    columns = zip(*orders[2 * third :], strict=True)
    pq.write_table(
        pa.table([pa.array(c, pa.string()) for c in columns], names=COLUMNS),
        folder / "3.parquet",
        row_group_size=50,
    )
    return [str(folder / "*.csv"), str(folder / "2.jsonl.gz"), str(folder / "3.parquet")]


def replayed(orders, *, rules=RULES, retired=()):
    """What the requests make, sent one by one by time: contacts, links, refusals by row."""
    policy = policy_from(rules)
    readable, refused = [], {}
    for row, order in enumerate(orders, start=1):
        try:
            readable.append((_time(order), row, _details(order, policy, retired)))
        except Refused as refusal:
            refused[row] = str(refusal)
    replay = Replay([])
    rows, times, links = {}, {}, {}
    ids = itertools.count(1)
    for at, row, details in sorted(readable, key=lambda each: each[:2]):
        before = len(replay.happenings)
        replay.identify(details, new_ids=ids, at=at)
        for happening in replay.happenings[before:]:
            if isinstance(happening, Created):
                rows[happening.contact.id], times[happening.contact.id] = row, at
            elif isinstance(happening, Merged):
                links[row] = (at, *(identifier.key for identifier in happening.link))
    contacts = {
        rows[contact.id]: (
            rows[person.primary.id],
            times[contact.id],
            *given_columns(contact.values),
            *key_columns(contact.values),
            orders[rows[contact.id] - 1][3] or None,
            orders[rows[contact.id] - 1][4],
        )
        for person in replay.persons
        for contact in person.contacts
    }
    return contacts, links, refused


class Refused(Exception):
    """The message is the reason."""


def _time(order):
    try:
        return datetime.fromisoformat(order[2]).replace(tzinfo=None)
    except ValueError:
        raise Refused("invalid_created_at") from None


def _details(order, policy, retired):
    if order[3] is not None and len(order[3]) > 255:
        raise Refused("invalid_external_id")
    try:
        return row_details(order[0], order[1], policy=policy, retired=retired)
    except InvalidRequest as error:
        raise Refused(error.errors[0].code) from None
    except NoUsableIdentifier as error:
        raise Refused(error.code) from None


def planned(output):
    """What a plan wrote, in the same shape."""
    tables = {
        name: pq.read_table(output / name).to_pylist() for name in ("contact", "link", "refused")
    }
    for table in tables.values():
        assert len({each["row"] for each in table}) == len(table)
    contacts = {
        each["row"]: (
            each["primary_row"],
            each["created_at"],
            *(each[name] for name in ("email", "phone_number", "email_key", "phone_key")),
            each["external_id"],
            each["source"],
        )
        for each in tables["contact"]
    }
    links = {
        each["row"]: (each["created_at"], each["email_key"], each["phone_key"])
        for each in tables["link"]
    }
    return contacts, links, {each["row"]: each["reason"] for each in tables["refused"]}
