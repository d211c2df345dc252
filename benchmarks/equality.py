"""Do the systems do the same work? The same requests, one by one: same answers, same rows."""

from collections.abc import Sequence

from benchmarks.systems import StoringSystem
from benchmarks.traffic import REPEATS, WRITES
from benchmarks.written import contact_rows, other_rows

_WRITES, _REPEATS = 100, 50


def inequalities(systems: Sequence[StoringSystem]) -> list[str]:
    """How systems that were not used yet differ from the first of them; in the best case not."""
    first, *others = systems
    requests = first.traffic.take(WRITES, _WRITES) + first.traffic.take(REPEATS, _REPEATS)
    expected = [first.identify(request) for request in requests]
    contacts, rest = contact_rows(first.database), other_rows(first.database)
    found = []
    for system in others:
        same = system.traffic.take(WRITES, _WRITES) + system.traffic.take(REPEATS, _REPEATS)
        if same != requests or [system.identify(request) for request in same] != expected:
            found.append(f"{system.name}: its answers are not those of {first.name}")
        if contact_rows(system.database) != contacts:
            found.append(f"{system.name}: its contacts are not those of {first.name}")
        if system.database.has_events and other_rows(system.database) != rest:
            found.append(f"{system.name}: its links or events are not those of {first.name}")
    return found
