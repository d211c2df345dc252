"""Persons of many contacts: one email, and a phone in each contact."""

from collections.abc import Iterator

from benchmarks.population import Row, contact_row
from benchmarks.traffic import Kind, Request

SIZES = (1, 10, 100, 1_000, 10_000)
LARGEST = SIZES[-1]

WRITES = 60
"""For each size; spread over as many persons, so that these hardly grow."""
_COPIES_FOR_WRITES = {1: WRITES, 10: 30, 100: 10, 1_000: 3, 10_000: 2}
MERGES = 3
"""In process, and again over HTTP; each of two persons of the largest size."""


def rows(first_id: int, workspace_id: int) -> Iterator[Row]:
    """The contact rows of all large persons, with ids from ``first_id`` on."""
    id = first_id
    for size in SIZES:
        for copy in range(_copies(size)):
            primary_id = id
            for number in range(size):
                linked_id = primary_id if number else None
                phone = _phone(size, copy, number)
                yield contact_row(id, workspace_id, _email(size, copy), phone, linked_id=linked_id)
                id += 1


def repeat(size: int) -> Request:
    """A request that says nothing new to a person of this size."""
    return Request(Kind.REPEAT, _email(size, 0), _phone(size, 0, size - 1))


def write(size: int, turn: int) -> Request:
    """The turn-th request that adds a contact to a person of this size."""
    copy = 1 + turn % _COPIES_FOR_WRITES[size]
    return Request(Kind.LINK, _email(size, copy), _phone(size, copy, size + turn))


def merge(turn: int) -> Request:
    """The turn-th request that merges two persons of the largest size."""
    one = 1 + _COPIES_FOR_WRITES[LARGEST] + 2 * turn
    return Request(Kind.MERGE, _email(LARGEST, one), _phone(LARGEST, one + 1, 0))


def _copies(size: int) -> int:
    return 1 + _COPIES_FOR_WRITES[size] + (2 * 2 * MERGES if size == LARGEST else 0)


def _email(size: int, copy: int) -> str:
    return f"large-{size}-{copy}@example.org"


def _phone(size: int, copy: int, number: int) -> str:
    return f"7{size:05d}{copy:03d}{number:05d}"
