"""Other rules, other keys: what stored contacts are to match by under a policy."""

from collections import Counter
from collections.abc import Callable, Container, Iterable, Mapping
from dataclasses import dataclass
from functools import lru_cache

from reunite.core.identifiers import Identifier, Ignored, Kind
from reunite.core.keys import Keys
from reunite.core.policy import Policy

_VALUES_REMEMBERED = 200_000
UNREADABLE = "unreadable"
WITHHELD = "withheld"


@dataclass(frozen=True, slots=True)
class KeyedContact:
    """A stored contact: its values as given, what it matches by, and the kinds withheld in it."""

    id: int
    email: str | None
    phone_number: str | None
    keys: Keys
    withheld: frozenset[Kind] = frozenset()

    def given(self, kind: Kind) -> str | None:
        """The value of a kind as given."""
        return self.email if kind is Kind.EMAIL else self.phone_number


class Rekeying:
    """Reads contacts by a policy, each value once.

    ``uncounted`` tells how many values did not count so far, by the reason.
    """

    def __init__(self, policy: Policy) -> None:
        self.uncounted: Counter[str] = Counter()
        self._read = lru_cache(_VALUES_REMEMBERED)(_reader(policy))

    def by_policy(self, contact: KeyedContact) -> Keys:
        """The keys that the policy alone gives, whatever is retired or withheld."""
        return Keys(*(self._key(kind, contact.given(kind)) for kind in Kind))

    def keys(self, contact: KeyedContact, *, retired: Container[Identifier]) -> Keys:
        """The keys that the contact is to have, with what is ``retired`` under the policy."""
        keys = self.by_policy(contact)
        counting = that_count(keys, retired=retired, withheld=contact.withheld)
        for identifier in set(keys.identifiers) - set(counting.identifiers):
            withheld = identifier.kind in contact.withheld
            self.uncounted[WITHHELD if withheld else Ignored.RETIRED.value] += 1
        return counting

    def _key(self, kind: Kind, given: str | None) -> str | None:
        if given is None:
            return None
        key, reason = self._read(kind, given)
        if reason is not None:
            self.uncounted[reason] += 1
        return key


def that_count(
    keys: Keys, *, retired: Container[Identifier], withheld: Container[Kind] = ()
) -> Keys:
    """The keys without those that are retired or withheld."""
    counting = {
        each.kind: each.key
        for each in keys.identifiers
        if each not in retired and each.kind not in withheld
    }
    return Keys(counting.get(Kind.EMAIL), counting.get(Kind.PHONE))


def retired_names(
    retired: Iterable[Identifier],
    unused: Mapping[Kind, Iterable[str]],
    *,
    before: Policy,
    after: Policy,
) -> dict[Identifier, set[Identifier]]:
    """What each retired identifier is called under another policy.

    ``unused`` are the values as given that do not count: those of them that were known by a retired
    identifier tell its new names; where there are none, its own key does.
    """
    names: dict[Identifier, set[Identifier]] = {each: set() for each in retired}
    for kind, values in unused.items():
        for given in set(values):
            was = _normalized(before, kind, given)
            if was in names and (now := _normalized(after, kind, given)) is not None:
                names[was].add(now)
    return {
        old: new or {_normalized(after, old.kind, old.key) or old} for old, new in names.items()
    }


def _reader(policy: Policy) -> Callable[[Kind, str], tuple[str | None, str | None]]:
    def read(kind: Kind, given: str) -> tuple[str | None, str | None]:
        try:
            key, ignored = policy.canonical(kind, given)
        except ValueError:
            return None, UNREADABLE
        return key, None if ignored is None else ignored.value

    return read


def _normalized(policy: Policy, kind: Kind, given: str) -> Identifier | None:
    try:
        return Identifier(kind, policy.normalized(kind, given))
    except ValueError:
        return None
