"""Other rules, other keys: the keys of contacts, links and retired identifiers under a policy."""

from collections import Counter
from collections.abc import Container
from dataclasses import dataclass, replace
from functools import lru_cache, partial

from reunite.core.identifiers.kinds import Identifier, Ignored, Mark, Value
from reunite.core.policy.keys import counting_values, read_key, with_key
from reunite.core.policy.policy import Policy

_VALUES_REMEMBERED = 200_000
WITHHELD = "withheld"


@dataclass(frozen=True, slots=True)
class KeyedContact:
    """A stored contact: its values with their keys, and which of them are withheld in it."""

    id: int
    values: tuple[Value, ...]
    withheld: frozenset[Mark] = frozenset()


@dataclass(frozen=True, slots=True)
class KeyedEnd:
    """An end of a link: its identifier, and the value that this came from, None if not known."""

    identifier: Identifier
    given: str | None = None

    @property
    def kind(self) -> str:
        """Its kind."""
        return self.identifier.kind

    @property
    def value(self) -> str:
        """The value to read by other rules: where it is not known, the key."""
        return self.identifier.key if self.given is None else self.given


@dataclass(frozen=True, slots=True)
class KeyedLink:
    """A stored link between two identifiers, each with its value."""

    id: int
    ends: tuple[KeyedEnd, KeyedEnd]

    @property
    def named(self) -> tuple[Identifier, Identifier]:
        """Its ends, without their values."""
        left, right = self.ends
        return left.identifier, right.identifier


@dataclass(frozen=True, slots=True)
class KeyedRetired:
    """A stored row of a retired identifier, with its value, like an end of a link."""

    id: int
    end: KeyedEnd


class Naming:
    """The canonical forms of values under a policy, counting or not; each value is read once.

    A value that the rules cannot read is called by itself.
    """

    def __init__(self, policy: Policy) -> None:
        self._form = lru_cache(_VALUES_REMEMBERED)(policy.form)

    def identifier(self, kind: str, given: str) -> Identifier:
        """The identifier that a value is."""
        return Identifier(kind, self._form(kind, given))

    def end(self, end: KeyedEnd, given: str) -> KeyedEnd:
        """The same end, by the value that it is to have."""
        return KeyedEnd(self.identifier(end.kind, given), given)


class Rekeying:
    """Reads contacts by a policy, each value once.

    ``uncounted`` tells how many values did not count so far, by the reason.
    """

    def __init__(self, policy: Policy) -> None:
        self.uncounted: Counter[str] = Counter()
        self._policy = policy
        self._read = lru_cache(_VALUES_REMEMBERED)(partial(read_key, policy=policy))

    def by_policy(self, contact: KeyedContact) -> tuple[Value, ...]:
        """The values with the keys by the policy alone, as if nothing were retired or withheld."""
        return tuple(
            with_key(each, self._key(each.kind, each.given), self._policy)
            for each in contact.values
        )

    def values(self, contact: KeyedContact, *, retired: Container[Identifier]) -> tuple[Value, ...]:
        """The values with the keys that they are to have, with what is ``retired`` then."""
        read = self.by_policy(contact)
        counting = counting_values(read, retired=retired, withheld=contact.withheld)
        for before, after in zip(read, counting, strict=True):
            if before.key is not None and after.key is None:
                withheld = before.mark in contact.withheld
                self.uncounted[WITHHELD if withheld else Ignored.RETIRED.value] += 1
        return counting

    def _key(self, kind: str, given: str) -> str | None:
        key, reason = self._read(kind, given)
        if reason is not None:
            self.uncounted[reason] += 1
        return key


def differing_kinds(before: Policy, after: Policy) -> frozenset[str] | None:
    """The declared kinds whose values alone may have other keys; None if other values may, too."""
    declared = before.declared.keys() | after.declared.keys()
    differing = frozenset(name for name in declared if _about(before, name) != _about(after, name))
    others_differ = _without(before, differing).keys_differ(_without(after, differing))
    return None if others_differ else differing


def _about(policy: Policy, name: str) -> tuple[object, ...] | None:
    kind = policy.declared.get(name)
    return None if kind is None else kind.about_keys


def _without(policy: Policy, names: Container[str]) -> Policy:
    return replace(policy, kinds=tuple(each for each in policy.kinds if each[0] not in names))
