"""The keys that stored contacts should have now, for repairs that change what counts in them."""

from collections.abc import Container, Iterable, Mapping
from typing import Protocol

from reunite.core.identifiers.kinds import Mark, Value
from reunite.core.policy.keys import expected_values, possible_identifiers
from reunite.core.policy.policy import Policy
from reunite.core.scope import Scope
from reunite.store.database.queries import Reader
from reunite.store.tables import retired

Withheld = Mapping[int, Container[Mark]]
"""The values that do not count in contacts, by the contacts' ids."""


class WithValues(Protocol):
    """A contact's id, and its values."""

    @property
    def id(self) -> int:
        """Its id."""

    @property
    def values(self) -> tuple[Value, ...]:
        """Its values."""


def expected(
    scope: Scope,
    reader: Reader,
    contacts: Iterable[WithValues],
    withheld: Withheld,
    *,
    policy: Policy,
) -> dict[int, tuple[Value, ...]]:
    """The values of contacts with the keys that they should have under the policy.

    Retired identifiers do not count, nor do the kinds that are ``withheld``.
    """
    contacts = list(contacts)
    could_be = {
        identifier
        for each in contacts
        for identifier in possible_identifiers(each.values, policy=policy)
    }
    gone = {each.identifier for each in reader.read(retired.those(scope, could_be))}
    return {
        each.id: expected_values(
            each.values,
            policy=policy,
            retired=gone,
            withheld=withheld.get(each.id, ()),
        )
        for each in contacts
    }
