"""Requests with and without a value of a declared kind: ``python -m benchmarks.declared_kinds``.

One process and one connection, calls of ``identify`` itself, in the database that DATABASE_URL
names, by default a new SQLite file. Rounds with and without the value take turns; a figure is the
median. The processor time counts this process and the database's process for the
connection, if it is on this machine: other work changes it less than requests per second.
docs/decisions/0052-looking-up-declared-kinds.md has the result.
"""

import os
import sys
import tempfile
import time
from collections.abc import Callable
from itertools import count
from pathlib import Path
from statistics import median
from typing import NamedTuple

import django
from django.core.management import call_command

ROUNDS = 10
REQUESTS = 300


class Spent(NamedTuple):
    """Seconds on the clock, and seconds of processors."""

    clock: float
    processor: float


def main() -> int:
    """Measure, and print requests per second and microseconds of processors for each."""
    with tempfile.TemporaryDirectory() as folder:
        os.environ.setdefault("DATABASE_URL", f"sqlite:///{Path(folder, 'reunite.sqlite3')}")
        os.environ.setdefault("DJANGO_SETTINGS_MODULE", "reunite_service.settings")
        django.setup()
        call_command("migrate", verbosity=0)
        _measure()
    return 0


def _measure() -> None:
    # The settings come first.
    from reunite.core.scope import default_scope
    from reunite.services.identify.identify import identify
    from reunite.services.policy.change import change_policy, read_policy

    scope, numbers = default_scope(), count()
    change_policy(scope, read_policy(scope, {"kinds": {"customerNumber": {"perPerson": 1}}}))

    def ask(number: int, has_phone: bool, with_kind: bool) -> None:
        identifiers = {"customerNumber": [f"{number}"]} if with_kind else {}
        phone = f"7{number:06}" if has_phone else None
        identify(scope, f"p{number}@x.example", phone, identifiers=identifiers)

    def told(asked: list[int], has_phone: bool, with_kind: bool) -> Spent:
        return _spent(lambda: [ask(number, has_phone, with_kind) for number in asked])

    def round_of(with_kind: bool) -> list[Spent]:
        asked = [next(numbers) for _ in range(REQUESTS)]
        return [told(asked, has_phone, with_kind) for has_phone in (False, True, True)]

    found: dict[bool, list[list[Spent]]] = {False: [], True: []}
    for number in range(ROUNDS):
        for with_kind in (False, True) if number % 2 else (True, False):
            found[with_kind].append(round_of(with_kind))
    for place, name in enumerate(("new contacts", "linked contacts", "repeats")):
        without, with_kind = (
            Spent(
                *(
                    median(values)
                    for values in zip(*(each[place] for each in found[kind]), strict=True)
                )
            )
            for kind in (False, True)
        )
        print(
            f"{name}: {REQUESTS / without.clock:,.0f} a second without, "
            f"{REQUESTS / with_kind.clock:,.0f} with, {without.clock / with_kind.clock:.2f}; "
            f"{without.processor / REQUESTS * 1e6:.0f} us of processors without, "
            f"{with_kind.processor / REQUESTS * 1e6:.0f} with, "
            f"{without.processor / with_kind.processor:.2f}"
        )


def _spent(work: Callable[[], object]) -> Spent:
    clock, processor = time.perf_counter(), time.process_time() + _of_database()
    work()
    return Spent(time.perf_counter() - clock, time.process_time() + _of_database() - processor)


def _of_database() -> float:
    """Processor time of PostgreSQL's process for the connection, which runs on this machine."""
    from django.db import connection

    if connection.vendor != "postgresql":
        return 0.0
    connection.ensure_connection()
    fields = Path(f"/proc/{connection.connection.info.backend_pid}/stat").read_text().split()
    return (int(fields[13]) + int(fields[14])) / os.sysconf("SC_CLK_TCK")


if __name__ == "__main__":
    sys.exit(main())
