"""Retire: let an identifier no longer count, in no contact; restore: let it count again."""

from collections.abc import Sequence

from reunite.core.errors import FieldError, IdentifierNotRetired, InvalidRequest
from reunite.core.events import IdentifierRestored, IdentifierRetired, Origin
from reunite.core.identifiers.kinds import Identifier, Value
from reunite.core.identify.happenings import given_for
from reunite.core.policy.details import NO_OTHERS, Others, given_values, unreadable
from reunite.core.policy.keys import read_key
from reunite.core.policy.policy import Policy
from reunite.core.policy.rekeying import Naming
from reunite.core.repair.regroup import Affected, Change, LinkState, regroup
from reunite.core.scope import Scope
from reunite.services.repair.edit import (
    Edit,
    Repaired,
    UndoRestore,
    UndoRetire,
    edited,
    in_state,
)
from reunite.store.database.queries import outside
from reunite.store.persons import carriers
from reunite.store.repair import affected
from reunite.store.tables import policies, retired
from reunite.store.tables.retired import ListedRetired

__all__ = ["ListedRetired", "identifier_of", "list_retired", "one_value", "restore", "retire"]


def list_retired(scope: Scope, *, after: int, limit: int) -> Sequence[ListedRetired]:
    """Up to ``limit`` retired identifiers, by id, from the one after the id ``after`` on."""
    return outside.read(retired.listed(scope, after=after, limit=limit))


def retire(
    scope: Scope,
    email: str | None = None,
    phone_number: str | None = None,
    *,
    identifiers: Others = NO_OTHERS,
    reason: str = "",
    dry_run: bool = False,
) -> Repaired:
    """Let an identifier no longer count: persons that only it joined part.

    Contacts keep it as given; links with such an end are suspended. Retiring it again changes
    nothing. The answer is empty if no contact carries it. A dry run writes nothing. Raises
    InvalidRequest or TemporarilyUnavailable.
    """

    def repair(edit: Edit) -> Repaired:
        policy = edit.policy()
        kind, given = one_value(email, phone_number, identifiers, policy=policy)
        identifier = identifier_of(kind, given, policy)
        is_retired, owners, unused = edit.locked.read(
            retired.is_retired(scope, identifier),
            affected.owners_of(scope, [identifier]),
            carriers.unused(scope, identifier),
        )
        if is_retired:
            return edit.repaired(Affected([]), [])
        before = edit.affected(owners.values())
        change = Change(
            values={
                id: contact.without(identifier).values
                for id, contact in before.contacts.items()
                if identifier in contact.identifiers
            }
        )
        after = regroup(before, change)
        naming = Naming(policy)
        # Also the values of contacts in which it does not count for another reason than a split.
        not_counting = {
            each.given
            for each in unused.values()
            if naming.identifier(identifier.kind, each.given) == identifier
        }
        edit.write(
            before,
            change,
            after,
            *retired.insert(
                scope,
                identifier,
                {
                    given,
                    *given_for(identifier, before.contacts.values()),
                    *not_counting,
                },
                origin=Origin.OPERATOR,
                reason=reason,
                at=edit.at,
            ),
            policies.change(scope, at=edit.at),
            event=IdentifierRetired(
                kind=identifier.kind,
                origin=Origin.OPERATOR,
                contact_ids=tuple(sorted(change.values)),
                suspended_link_ids=in_state(after, LinkState.SUSPENDED),
            ),
        )
        return edit.repaired(before, after.persons, undo=UndoRetire(kind, given))

    return edited(scope, repair, reason=reason, dry_run=dry_run)


def restore(
    scope: Scope,
    email: str | None = None,
    phone_number: str | None = None,
    *,
    identifiers: Others = NO_OTHERS,
    dry_run: bool = False,
) -> Repaired:
    """Let a retired identifier count again, so that it joins persons.

    Not in contacts where a split withheld it, nor if the policy ignores it. Raises InvalidRequest,
    IdentifierNotRetired, KeptApart or TemporarilyUnavailable.
    """

    def repair(edit: Edit) -> Repaired:
        policy = edit.policy()
        kind, given = one_value(email, phone_number, identifiers, policy=policy)
        identifier = identifier_of(kind, given, policy)
        is_retired, unused = edit.locked.read(
            retired.is_retired(scope, identifier), carriers.unused(scope, identifier)
        )
        if not is_retired:
            raise IdentifierNotRetired
        values = {
            id: _with(identifier, contact.given, contact.values)
            for id, contact in unused.items()
            if read_key(kind, contact.given, policy=policy)[0] == identifier.key
        }
        change = Change(values=values)
        before = edit.affected_by_keys(values)
        after = regroup(before, change)
        after.require_apart()
        edit.write(
            before,
            change,
            after,
            retired.delete(scope, identifier),
            policies.change(scope, at=edit.at),
            event=IdentifierRestored(
                kind=kind,
                contact_ids=tuple(sorted(values)),
                live_link_ids=in_state(after, LinkState.LIVE),
            ),
        )
        return edit.repaired(before, after.persons, undo=UndoRestore(kind, given))

    return edited(scope, repair, dry_run=dry_run)


def one_value(
    email: str | None, phone_number: str | None, identifiers: Others, *, policy: Policy
) -> tuple[str, str]:
    """The one value that is given, and its kind; raises InvalidRequest."""
    try:
        given = given_values(email or None, phone_number or None, identifiers, policy=policy)
    except InvalidRequest as error:
        if any(each.code == "undeclared_kind" for each in error.errors):
            raise
        given = []
    if len(given) != 1:
        told = ", or one value of a declared kind" if policy.declared else ""
        raise InvalidRequest(
            FieldError("email", "not_one_identifier", f"Send an email or a phoneNumber{told}: one.")
        )
    return given[0]


def identifier_of(kind: str, given: str, policy: Policy) -> Identifier:
    """The identifier that a value is, also one that the policy ignores; raises InvalidRequest."""
    try:
        return Identifier(kind, policy.normalized(kind, given))
    except ValueError as error:
        raise InvalidRequest(unreadable(kind, str(error))) from error


def _with(identifier: Identifier, given: str, values: tuple[Value, ...]) -> tuple[Value, ...]:
    """The values, in which the value of the identifier counts, as given."""
    kind, key = identifier
    return tuple(
        each._replace(key=key) if each.kind == kind and each.given == given else each
        for each in values
    )
