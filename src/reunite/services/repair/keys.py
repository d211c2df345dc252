"""The keys that stored contacts should have now, for repairs that change what counts in them."""

from collections.abc import Container, Iterable, Mapping
from typing import Protocol

from reunite.core.identifiers.kinds import Kind
from reunite.core.policy.keys import Keys, expected_keys, possible_identifiers
from reunite.core.policy.policy import Policy
from reunite.core.scope import Scope
from reunite.store.database.transactions import Transaction
from reunite.store.tables import retired

Withheld = Mapping[int, Container[Kind]]
"""The kinds that do not count in contacts, by the contacts' ids."""


class Given(Protocol):
    """A contact's id, and its values as given."""

    @property
    def id(self) -> int:
        """Its id."""

    @property
    def email(self) -> str | None:
        """Its email."""

    @property
    def phone_number(self) -> str | None:
        """Its phone number."""


def expected(
    scope: Scope,
    contacts: Iterable[Given],
    withheld: Withheld,
    *,
    locked: Transaction,
    policy: Policy,
) -> dict[int, Keys]:
    """The keys of contacts under the policy, with what is retired now and these kinds withheld."""
    contacts = list(contacts)
    could_be = {
        identifier
        for each in contacts
        for identifier in possible_identifiers(each.email, each.phone_number, policy=policy)
    }
    (rows,) = locked.run(retired.select_those(scope, could_be))
    gone = {each.identifier for each in retired.listed_from(rows)}
    return {
        each.id: expected_keys(
            each.email,
            each.phone_number,
            policy=policy,
            retired=gone,
            withheld=withheld.get(each.id, ()),
        )
        for each in contacts
    }
