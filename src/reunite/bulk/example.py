"""Invented orders: a file to try imports with, of the shape of real orders."""

import csv
import random
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

from reunite.outputs import written_whole

_START = datetime(2024, 1, 1, tzinfo=UTC)
_SPAN = timedelta(days=365)
_DOMAINS = ("example.com", "example.net", "example.org", "mail.example")
_SECOND_DETAIL = 0.1  # How often a shopper uses another email or number than usual,
_SOMEBODY_ELSE = 0.005  # and how often another person's phone.
_COLUMNS = ("order_id", "email", "phone", "created_at")
_KINDS = ("customerNumber", "whatsapp")
_GUEST = 0.4  # How often a shopper orders without a customer number,
_WHATSAPP = 0.3  # and how often with a WhatsApp id;
_ROTATED = 0.05  # how often the id is a later one of the same person.


def write_example(path: Path, *, rows: int, seed: int = 1, kinds: bool = False) -> None:
    """Write a CSV file of orders by about a third as many shoppers; the same for the same seed.

    Most shoppers order once, few often; some change their email or phone number, leave one out,
    write it in another way, or use another person's phone. A few emails are not even one.
    With ``kinds`` many orders have a customer number, and some a WhatsApp id.
    """
    with written_whole(path) as part, part.open("w", newline="", encoding="utf-8") as file:
        writer = csv.writer(file)
        writer.writerow((*_COLUMNS, *_KINDS) if kinds else _COLUMNS)
        chance = random.Random(seed)  # noqa: S311  # No secrets.
        writer.writerows(_orders(rows, chance, kinds=kinds))


def _orders(rows: int, chance: random.Random, *, kinds: bool) -> Iterator[tuple[object, ...]]:
    shoppers = max(1, rows // 3)
    for number in range(rows):
        # The product of two: some shoppers come again and again.
        shopper = int(shoppers * chance.random() * chance.random())
        at = _START + _SPAN * (number / rows)
        order = number + 1, *_details(shopper, shoppers, chance), at.isoformat(timespec="seconds")
        yield (*order, *_others(shopper, chance)) if kinds else order


def _others(shopper: int, chance: random.Random) -> tuple[str, str]:
    number = f"{10_000 + shopper}" if chance.random() >= _GUEST else ""
    rotated = int(chance.random() < _ROTATED)
    whatsapp = f"US.{shopper}{rotated}" if chance.random() < _WHATSAPP else ""
    return number, whatsapp


def _details(shopper: int, shoppers: int, chance: random.Random) -> tuple[str, str]:
    email_of, phone_of = (int(chance.random() < _SECOND_DETAIL) for _ in range(2))
    caller = chance.randrange(shoppers) if chance.random() < _SOMEBODY_ELSE else shopper
    email = f"shopper{shopper}.{email_of}@{_DOMAINS[shopper % len(_DOMAINS)]}"
    phone = f"+1415{2_000_000 + caller * 2 + phone_of:07}"
    match chance.randrange(100):
        case 0:
            email = email.partition("@")[0]
        case 1 | 2 | 3:
            email = ""
        case 4 | 5 | 6 | 7:
            phone = ""
        case 8 | 9 | 10 | 11 | 12:
            email = email.upper()
        case 13 | 14 | 15 | 16 | 17:
            phone = f"{phone[:2]} ({phone[2:5]}) {phone[5:8]}-{phone[8:]}"
    return email, phone
