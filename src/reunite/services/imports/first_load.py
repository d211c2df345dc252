"""First load: a whole plan into an empty workspace, in one transaction."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime

from reunite.core.errors import ImportEnded, RulesChanged
from reunite.core.events import ImportLoaded
from reunite.core.identify.happenings import BecameSuspicious
from reunite.core.persons.suspicion import Counts
from reunite.core.scope import Scope
from reunite.store.database.dialects import RowSource
from reunite.store.database.locks import gate
from reunite.store.database.queries import outside
from reunite.store.database.transactions import retried, transaction
from reunite.store.imports import loads
from reunite.store.persons import suspicious
from reunite.store.tables import events, identifiers, imports, policies


@dataclass(frozen=True, slots=True)
class Load:
    """What is to be loaded: how much, and the rows, given the first of as many ids in a row.

    ``contacts`` gives rows with ids, in any order, and ``links`` those that join them, given the id
    of the import.
    ``suspicious`` are how large suspicious persons are, by the place of their id among the ids.
    """

    contact_count: int
    person_count: int
    merge_count: int
    contacts: Callable[[int], RowSource]
    links: Callable[[int], RowSource]
    suspicious: Sequence[tuple[int, Counts]] = ()
    has_kinds: bool = False


def is_empty(scope: Scope) -> bool:
    """Whether the workspace never had a contact."""
    return not outside.read(loads.has_contacts(scope))


def first_load(scope: Scope, load: Load, *, revision: int, import_id: int) -> bool:
    """Load everything or nothing; False without a write if another process was first.

    Requests to the workspace wait until it is done. Raises RulesChanged,
    ImportEnded if the import was cancelled, or TemporarilyUnavailable.
    """

    def attempt(seconds_left: float) -> bool:
        with loads.loading(), transaction(wait_seconds=seconds_left) as locked:
            locked.lock(gate(scope, shared=False))
            in_force, has_contacts = locked.read(
                policies.in_force(scope), loads.has_contacts(scope)
            )
            if in_force.revision != revision:
                raise RulesChanged
            if has_contacts:
                return False
            now = datetime.now(UTC)
            progressed = imports.progress(
                import_id,
                position=0,
                contacts=load.contact_count,
                persons=load.person_count + load.merge_count,
                merges=load.merge_count,
                held=0,
                at=now,
                is_locked=True,
            )
            if not locked.read(progressed):
                raise ImportEnded
            loaded = ImportLoaded(
                import_id=import_id,
                contacts=load.contact_count,
                persons=load.person_count,
                merges=load.merge_count,
            )
            found: list[BecameSuspicious] = []
            if load.contact_count:
                first_id = loads.take_contact_ids(load.contact_count)
                found = [
                    BecameSuspicious(first_id + place, counts, now)
                    for place, counts in load.suspicious
                ]
                last_id = first_id + load.contact_count - 1
                loaded = replace(loaded, first_id=first_id, last_id=last_id)
                # Links first, for they are few: rows of contacts take longer to begin to come.
                loads.load({"link": load.links(import_id), "contact": load.contacts(first_id)})
                if load.has_kinds:
                    locked.run(identifiers.insert_of(first_id, last_id))
            loading = replace(scope, import_id=import_id)
            locked.commit(
                *events.happened(loading, [events.Entry(0, loaded, now)]),
                *suspicious.tell(loading, found),
            )
            suspicious.log(found)
            return True

    return retried(attempt)
