"""Requests with and without a value of a declared kind: ``python -m benchmarks.declared_kinds``.

One process and one connection, calls of ``identify`` itself, in the database that DATABASE_URL
names, by default a new SQLite file. Rounds with and without the value take turns; a figure is the
median. docs/decisions/0051-declared-kinds.md has the result.
"""

import os
import sys
import tempfile
import time
from collections.abc import Callable
from itertools import count
from pathlib import Path
from statistics import median

import django
from django.core.management import call_command

ROUNDS = 9
REQUESTS = 300


def main() -> int:
    """Measure, and print requests per second."""
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

    def ask(number: int, *, with_kind: bool) -> None:
        identifiers = {"customerNumber": [f"{number}"]} if with_kind else {}
        identify(scope, f"p{number}@x.example", f"7{number:06}", identifiers=identifiers)

    def seconds(send: Callable[[int], None]) -> float:
        asked = [next(numbers) for _ in range(REQUESTS)]
        start = time.perf_counter()
        for number in asked:
            send(number)
        written = time.perf_counter()
        for number in asked:
            send(number)
        repeats.append(time.perf_counter() - written)
        return written - start

    found: dict[bool, tuple[list[float], list[float]]] = {}
    for _ in range(ROUNDS):
        for with_kind in (False, True):
            repeats: list[float] = []
            writes, of_repeats = found.setdefault(with_kind, ([], []))
            writes.append(seconds(lambda number, kind=with_kind: ask(number, with_kind=kind)))
            of_repeats += repeats
    for place, name in enumerate(("new contacts", "repeats")):
        without, with_kind = (REQUESTS / median(found[each][place]) for each in (False, True))
        print(f"{name}: {without:,.0f} without, {with_kind:,.0f} with, {with_kind / without:.2f}")


if __name__ == "__main__":
    sys.exit(main())
