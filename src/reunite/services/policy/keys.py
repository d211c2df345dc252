"""The keys of stored contacts under a policy, and their consequences."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from reunite.core.errors import WouldJoinKeptApart
from reunite.core.events import PolicyApplied
from reunite.core.identifiers.kinds import Identifier, Value
from reunite.core.policy.keys import counting_values
from reunite.core.policy.policy import Policy
from reunite.core.policy.rekeying import KeyedContact, Rekeying
from reunite.core.repair.regroup import Affected, Change, Regrouped, regroup
from reunite.core.scope import Scope
from reunite.services.policy.link_keys import Relinked, Retirement, read_retirement, relinked
from reunite.store.database.dialects import Statement
from reunite.store.database.queries import Reader
from reunite.store.database.transactions import Transaction
from reunite.store.policy import rekeying
from reunite.store.repair import affected, repairs


@dataclass(frozen=True, slots=True)
class Consequences:
    """The persons that new keys touch, and what becomes of them."""

    before: Affected
    change: Change
    after: Regrouped


def differing(
    contacts: Iterable[KeyedContact], reader: Rekeying, *, retired: frozenset[Identifier]
) -> dict[int, tuple[Value, ...]]:
    """The values of those contacts whose keys change, by id."""
    new = ((contact, reader.values(contact, retired=retired)) for contact in contacts)
    return {contact.id: values for contact, values in new if values != contact.values}


def differing_if_staged(
    scope: Scope, reader: Reader, *, retirement: Retirement
) -> dict[int, tuple[Value, ...]]:
    """The values of contacts for which keys were staged, where they change, by id."""
    retired = retirement.identifiers
    new = (
        (
            each.contact,
            counting_values(each.values, retired=retired, withheld=each.contact.withheld),
        )
        for each in rekeying.staged(scope, reader)
    )
    return {contact.id: values for contact, values in new if values != contact.values}


def follow(
    scope: Scope, reader: Reader, changes: dict[int, tuple[Value, ...]], links: Relinked
) -> Consequences:
    """Derive the persons that new keys of contacts and of links touch."""
    also = links.affected
    before = (
        affected.by_keys(scope, reader, changes, also=also) if changes or also else Affected(())
    )
    change = Change(values=changes, link_ends=links.ends)
    return Consequences(before, change, regroup(before, change))


def apply_keys(
    scope: Scope,
    locked: Transaction,
    *,
    before: Policy,
    after: Policy,
    version: int,
    staged_up_to: int,
    at: datetime,
) -> tuple[Consequences, list[Statement]]:
    """The statements that give all contacts the keys of a version, staged up to a contact.

    Behind the gate. Raises WouldJoinKeptApart.
    """
    retirement = read_retirement(scope, locked, before=before, after=after)
    reader = Rekeying(after)
    retired = retirement.identifiers
    changes = differing_if_staged(scope, locked, retirement=retirement)
    last = locked.read(rekeying.latest_contact_id())
    for chunk in rekeying.chunks(scope, locked, after=staged_up_to, up_to=last):
        changes |= differing(chunk, reader, retired=retired)
    # Staged or not: keys that stay the same, but are retired from now on.
    newly = locked.read(rekeying.carriers(scope, retirement.added))
    changes |= differing(newly, reader, retired=retired)
    links = relinked(scope, locked, before=before, after=after)
    found = follow(scope, locked, changes, links)
    if found.after.kept_apart:
        raise WouldJoinKeptApart([each.id for each in found.after.kept_apart])
    return found, [
        *retirement.write(),
        *links.write(),
        *repairs.write(
            scope,
            found.before,
            found.change,
            found.after,
            event=PolicyApplied(version=version),
            at=at,
        ),
    ]
