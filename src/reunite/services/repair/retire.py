"""Retire: let an identifier no longer count, in no contact; restore: let it count again."""

from collections.abc import Sequence
from datetime import UTC, datetime

from reunite.core.errors import FieldError, IdentifierNotRetired, InvalidRequest
from reunite.core.events import IdentifierRestored, IdentifierRetired, Origin
from reunite.core.identifiers.kinds import Identifier, Kind, Value
from reunite.core.identify.happenings import given_for
from reunite.core.policy.details import unreadable
from reunite.core.policy.keys import read_key
from reunite.core.policy.policy import Policy
from reunite.core.policy.rekeying import Naming
from reunite.core.repair.settle import Change, LinkState, settle
from reunite.core.scope import Scope
from reunite.services.repair.shared import Repaired, UndoRestore, UndoRetire, alone, in_state
from reunite.store.database.transactions import Transaction
from reunite.store.persons import carriers
from reunite.store.repair import repairs
from reunite.store.tables import policies, retired
from reunite.store.tables.retired import ListedRetired

__all__ = ["ListedRetired", "list_retired", "read_identifier", "restore", "retire"]


def list_retired(scope: Scope, *, after: int, limit: int) -> Sequence[ListedRetired]:
    """Up to ``limit`` retired identifiers, by id, from the one after the id ``after`` on."""
    return retired.listed(scope, after=after, limit=limit)


def retire(
    scope: Scope, email: str | None = None, phone_number: str | None = None, *, reason: str = ""
) -> Repaired:
    """Let an email or a phone number no longer count: whom it alone joined part.

    Contacts keep it as given; links with such an end are suspended. Retiring it again changes
    nothing. The answer is empty where nobody carries it. Raises InvalidRequest or
    TemporarilyUnavailable.
    """

    def repair(locked: Transaction) -> Repaired:
        policy = policies.in_force(scope).policy
        identifier = read_identifier(email, phone_number, policy)
        owners = repairs.owners_of(scope, locked, [identifier])
        before = repairs.touched(scope, locked, owners.values())
        (rows,) = locked.run(retired.select(scope, identifier))
        if rows:
            return Repaired([])
        change = Change(
            values={
                id: contact.without(identifier).values
                for id, contact in before.contacts.items()
                if identifier in contact.identifiers
            }
        )
        settled = settle(before, change)
        now = datetime.now(UTC)
        locked.commit(
            *retired.insert(
                scope,
                identifier,
                {
                    str(email or phone_number),
                    *given_for(identifier, before.contacts.values()),
                    *_unused(scope, identifier, locked, policy),
                },
                origin=Origin.OPERATOR,
                reason=reason,
                at=now,
            ),
            policies.change(scope, at=now),
            *repairs.write(
                scope,
                before,
                change,
                settled,
                event=IdentifierRetired(
                    kind=identifier.kind,
                    origin=Origin.OPERATOR,
                    contact_ids=tuple(sorted(change.values)),
                    suspended_link_ids=in_state(settled, LinkState.SUSPENDED),
                ),
                at=now,
            ),
        )
        return Repaired(settled.persons, undo=UndoRetire(email, phone_number))

    return alone(scope, repair)


def restore(scope: Scope, email: str | None = None, phone_number: str | None = None) -> Repaired:
    """Let a retired email or phone number count again, and what is joined by it be one person.

    Not in contacts where a split withheld it, nor if the policy ignores it. Raises InvalidRequest,
    IdentifierNotRetired, KeptApart or TemporarilyUnavailable.
    """

    def repair(locked: Transaction) -> Repaired:
        policy = policies.in_force(scope).policy
        identifier = read_identifier(email, phone_number, policy)
        kind = identifier.kind
        (rows,) = locked.run(retired.select(scope, identifier))
        if not rows:
            raise IdentifierNotRetired
        unused = carriers.unused(scope, locked, kind)
        values = {
            id: _with(identifier, contact.values)
            for id, contact in unused.items()
            if read_key(kind, contact.given, policy=policy)[0] == identifier.key
        }
        change = Change(values=values)
        before = repairs.touched_by_keys(scope, locked, values)
        settled = settle(before, change)
        settled.require_apart()
        now = datetime.now(UTC)
        locked.commit(
            retired.delete(scope, identifier),
            policies.change(scope, at=now),
            *repairs.write(
                scope,
                before,
                change,
                settled,
                event=IdentifierRestored(
                    kind=kind,
                    contact_ids=tuple(sorted(values)),
                    live_link_ids=in_state(settled, LinkState.LIVE),
                ),
                at=now,
            ),
        )
        return Repaired(settled.persons, undo=UndoRestore(email, phone_number))

    return alone(scope, repair)


def one_value(email: str | None, phone_number: str | None) -> tuple[Kind, str]:
    """The one value that is given, and its kind; raises InvalidRequest."""
    match email or None, phone_number or None:
        case str(given), None:
            return Kind.EMAIL, given
        case None, str(given):
            return Kind.PHONE, given
        case _:
            raise InvalidRequest(
                FieldError("email", "not_one_identifier", "Send an email or a phoneNumber: one.")
            )


def read_identifier(email: str | None, phone_number: str | None, policy: Policy) -> Identifier:
    """The one identifier, also one that the policy ignores; raises InvalidRequest."""
    kind, given = one_value(email, phone_number)
    try:
        return Identifier(kind, policy.normalized(kind, given))
    except ValueError as error:
        raise InvalidRequest(unreadable(kind, str(error))) from error


def _unused(scope: Scope, identifier: Identifier, locked: Transaction, policy: Policy) -> set[str]:
    """The values by which contacts have it in which it does not count, though not withheld."""
    unused = carriers.unused(scope, locked, identifier.kind)
    naming = Naming(policy)
    return {
        each.given
        for each in unused.values()
        if naming.identifier(identifier.kind, each.given) == identifier
    }


def _with(identifier: Identifier, values: tuple[Value, ...]) -> tuple[Value, ...]:
    """The values, in which that of the identifier's kind counts."""
    kind, key = identifier
    return tuple(each._replace(key=key) if each.kind is kind else each for each in values)
