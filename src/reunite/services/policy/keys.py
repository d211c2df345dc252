"""What a policy makes of the contacts that are stored: their keys, and what follows from them."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from reunite.core.errors import WouldJoinKeptApart
from reunite.core.events import PolicyApplied
from reunite.core.identifiers.kinds import Identifier
from reunite.core.policy.keys import Keys, counting_keys
from reunite.core.policy.policy import Policy
from reunite.core.policy.rekeying import KeyedContact, Rekeying
from reunite.core.repair.settle import Change, Settled, Touched, settle
from reunite.services.policy.link_keys import Relinked, Retirement, read_retirement, relinked
from reunite.store.database.dialects import Statement
from reunite.store.database.transactions import Transaction
from reunite.store.policy import rekeying
from reunite.store.repair import repairs
from reunite.store.tables.events import Told


@dataclass(frozen=True, slots=True)
class Consequences:
    """The persons that new keys touch, and what becomes of them."""

    before: Touched
    change: Change
    settled: Settled


def differing(
    contacts: Iterable[KeyedContact], reader: Rekeying, *, retired: frozenset[Identifier]
) -> dict[int, Keys]:
    """The new keys of those contacts whose keys change, by id."""
    new = ((contact, reader.keys(contact, retired=retired)) for contact in contacts)
    return {contact.id: keys for contact, keys in new if keys != contact.keys}


def differing_if_staged(
    transaction: Transaction, *, retirement: Retirement, workspace_id: int
) -> dict[int, Keys]:
    """The new keys of contacts for which they were staged, where they change, by id."""
    retired = retirement.identifiers
    new = (
        (each.contact, counting_keys(each.keys, retired=retired, withheld=each.contact.withheld))
        for each in rekeying.staged(transaction, workspace_id=workspace_id)
    )
    return {contact.id: keys for contact, keys in new if keys != contact.keys}


def follow(
    transaction: Transaction,
    changes: dict[int, Keys],
    links: Relinked,
    *,
    workspace_id: int,
) -> Consequences:
    """Derive the persons that new keys of contacts and of links touch."""
    also = links.touched
    before = (
        repairs.touched_by_keys(transaction, changes, also=also, workspace_id=workspace_id)
        if changes or also
        else Touched(())
    )
    change = Change(keys=changes, link_ends=links.ends)
    return Consequences(before, change, settle(before, change))


def apply_keys(
    locked: Transaction,
    *,
    before: Policy,
    after: Policy,
    version: int,
    staged_up_to: int,
    told: Told,
    at: datetime,
) -> tuple[Consequences, list[Statement]]:
    """What gives all contacts the keys of a version, of which keys are staged up to a contact.

    Behind the gate. Raises WouldJoinKeptApart.
    """
    workspace_id = told.workspace_id
    retirement = read_retirement(locked, before=before, after=after, workspace_id=workspace_id)
    reader = Rekeying(after)
    retired = retirement.identifiers
    changes = differing_if_staged(locked, retirement=retirement, workspace_id=workspace_id)
    last = rekeying.latest_contact_id(locked)
    for chunk in rekeying.chunks(locked, after=staged_up_to, up_to=last, workspace_id=workspace_id):
        changes |= differing(chunk, reader, retired=retired)
    # Staged or not: keys that stay the same, but are retired from now on.
    newly = rekeying.carriers(locked, retirement.added, workspace_id=workspace_id)
    changes |= differing(newly, reader, retired=retired)
    links = relinked(locked, before=before, after=after, workspace_id=workspace_id)
    found = follow(locked, changes, links, workspace_id=workspace_id)
    if found.settled.kept_apart:
        raise WouldJoinKeptApart([each.id for each in found.settled.kept_apart])
    return found, [
        *retirement.write(),
        *links.write(),
        *repairs.write(
            found.before,
            found.change,
            found.settled,
            event=PolicyApplied(version=version),
            told=told,
            at=at,
        ),
    ]
