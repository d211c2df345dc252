"""Whether a value counts, and why not: any value that is asked for, and those of contacts."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass

from reunite.core.identifiers.kinds import Identifier, Mark, Standing, Value
from reunite.core.persons.person import Contact
from reunite.core.policy.details import Others
from reunite.core.policy.policy import Policy
from reunite.core.scope import Scope
from reunite.services.repair.retire import identifier_of, one_value
from reunite.store.database.queries import Reader
from reunite.store.tables import retired


@dataclass(frozen=True, slots=True)
class Asked:
    """A value that is asked for: what it is known by.

    A word that says that there is no value, like ``n/a``, is known by itself, in lower case.
    """

    identifier: Identifier
    is_word: bool = False

    def is_in(self, given: str, policy: Policy) -> bool:
        """Whether a value as given is the same."""
        if self.is_word:
            return _word(given) == self.identifier.key
        try:
            return policy.normalized(self.identifier.kind, given) == self.identifier.key
        except ValueError:
            return False


Standings = Mapping[Mark, Standing]
"""Whether the values of a contact count in it, by their marks."""


def read_asked(
    email: str | None, phone_number: str | None, identifiers: Others, policy: Policy
) -> Asked:
    """The one value that is asked for, also one that does not count; raises InvalidRequest."""
    kind, given = one_value(email, phone_number, identifiers, policy=policy)
    if policy.is_word(given):
        return Asked(Identifier(kind, _word(given)), is_word=True)
    return Asked(identifier_of(kind, given, policy))


def standing_of(scope: Scope, reader: Reader, asked: Asked, policy: Policy) -> Standing:
    """Whether a value counts at all; in a contact it may be withheld all the same."""
    if asked.is_word:
        return Standing.PLACEHOLDER
    ignored = policy.ignores(asked.identifier)
    if ignored is not None:
        return Standing(ignored.value)
    is_retired = reader.read(retired.is_retired(scope, asked.identifier))
    return Standing.RETIRED if is_retired else Standing.COUNTS


def standings_of(
    reader: Reader, contacts: Collection[Contact], policy: Policy
) -> Mapping[int, Standings]:
    """Whether the values of contacts count, by the contacts' ids.

    What has a key counts. What has none, is not withheld, and is not ignored, is retired.
    """
    unused = [each.id for each in contacts if each.has_uncounted_value]
    withheld: dict[int, set[Mark]] = {}
    if unused:
        withheld = reader.read(retired.withheld(unused))

    def standing(id: int, value: Value) -> Standing:
        if value.key is not None:
            return Standing.COUNTS
        if value.mark in withheld.get(id, ()):
            return Standing.WITHHELD
        try:
            _, ignored = policy.canonical(value.kind, value.given)
        except ValueError:
            return Standing.UNREADABLE
        return Standing.RETIRED if ignored is None else Standing(ignored.value)

    return {
        each.id: {value.mark: standing(each.id, value) for value in each.values}
        for each in contacts
    }


def _word(given: str) -> str:
    return given.strip().lower()
