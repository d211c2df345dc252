"""Find: the persons that a text means, by all that is stored. Nothing is written."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from reunite.core.errors import InvalidRequest
from reunite.core.identifiers.kinds import Kind, Standing, Value
from reunite.core.identifiers.prefixes import digits_in
from reunite.core.persons.person import Person
from reunite.core.policy.policy import Policy
from reunite.core.scope import Scope
from reunite.services.persons.search import holders
from reunite.services.persons.standing import Asked, read_asked
from reunite.services.persons.suggest import By, person_of, suggested
from reunite.services.snapshots import from_snapshot
from reunite.store.database.queries import Snapshot
from reunite.store.persons import finding
from reunite.store.persons.finding import LATEST_CONTACTS, Latest
from reunite.store.tables import policies

__all__ = ["LATEST_CONTACTS", "MAX_PERSONS", "PART_MIN_LENGTH", "Found", "Hit", "find", "recent"]

MAX_PERSONS = 20
MAX_READ = 200
"""So many contacts are read of those that hold a part."""
PART_MIN_LENGTH = 3
"""A shorter text is not looked for within values."""


@dataclass(frozen=True, slots=True)
class Hit:
    """A person, by what it was found, the value, and whether the value counts there.

    ``value`` is as given, canonical if it begins with the text, and None for an id. ``standing`` is
    None where it is not asked: of a beginning, a part, an id and an order.
    """

    person: Person
    by: By
    kind: str | None
    value: str | None
    standing: Standing | None = None


@dataclass(frozen=True, slots=True)
class Found:
    """The persons, at most MAX_PERSONS, and whether there are more.

    ``standing`` is whether the text counts as a value, of the first kind whose value it can be.
    """

    hits: Sequence[Hit]
    is_cut: bool
    standing: Standing | None


_Named = tuple[int, By, str | None, str | None, Standing | None]


def find(scope: Scope, text: str) -> Found:
    """Persons by a whole value of any kind, by an id, an order, a beginning, or a part of a value.

    A whole value is found where it does not count, too. A part of PART_MIN_LENGTH characters is
    looked for in the latest LATEST_CONTACTS contacts. The persons that the text names most
    exactly come first. Raises TemporarilyUnavailable.
    """
    typed = text.strip()

    def read(snapshot: Snapshot) -> Found:
        policy = snapshot.read(policies.in_force(scope)).policy
        whole = _Whole(scope, snapshot, typed, policy)
        hits: dict[int, Hit] = {}
        is_cut = False
        for person_id, by, kind, value, standing in _named(scope, snapshot, typed, policy, whole):
            if person_id in hits:
                continue
            if len(hits) == MAX_PERSONS:
                is_cut = True
                break
            hits[person_id] = Hit(person_of(scope, snapshot, person_id), by, kind, value, standing)
        return Found([*hits.values()], is_cut, whole.standing)

    return from_snapshot(read)


def recent(scope: Scope, *, limit: int) -> Sequence[Latest]:
    """Up to ``limit`` contacts, the latest first, of the latest LATEST_CONTACTS."""
    return from_snapshot(lambda snapshot: snapshot.read(finding.latest(scope, limit=limit)))


def _named(
    scope: Scope, snapshot: Snapshot, text: str, policy: Policy, whole: "_Whole"
) -> Iterator[_Named]:
    if not text:
        return
    yield from whole.named()
    for person_id, by, identifier in suggested(scope, snapshot, text, policy):
        kind, value = identifier or (None, text if by is By.ORDER else None)
        yield person_id, by, kind, value, None
    if len(text) >= PART_MIN_LENGTH:
        part, digits = text.lower(), digits_in(text)
        held = finding.latest_holding(scope, part, digits, limit=MAX_READ)
        for contact in snapshot.read(held):
            for each in contact.values:
                if _holds(each, part, digits):
                    yield contact.person_id, By.PART, each.kind, each.given, None
                    break


def _holds(value: Value, part: str, digits: str) -> bool:
    key = value.key or ""
    is_number = value.kind is Kind.PHONE and bool(digits)
    return part in value.given.lower() or part in key or (is_number and digits in key)


class _Whole:
    """A text as a value of each kind: whose it is, and whether it counts."""

    def __init__(self, scope: Scope, snapshot: Snapshot, text: str, policy: Policy) -> None:
        self._scope = scope
        self._snapshot = snapshot
        self._text = text
        self._policy = policy
        self.standing: Standing | None = None

    def named(self) -> Iterator[_Named]:
        """Whose value the text is, of each kind; ``standing`` is known then."""
        for asked in self._asked():
            standing, found = holders(self._scope, self._snapshot, asked, self._policy)
            self.standing = self.standing or standing
            for each in found:
                kind = asked.identifier.kind
                yield each.person_id, By.VALUE, kind, self._text, each.standing

    def _asked(self) -> Iterator[Asked]:
        text, policy = self._text, self._policy
        for kind in (*Kind, *policy.declared):
            email = text if kind is Kind.EMAIL else None
            phone_number = text if kind is Kind.PHONE else None
            others = {} if isinstance(kind, Kind) else {kind: [text]}
            try:
                yield read_asked(email, phone_number, others, policy)
            except InvalidRequest:
                continue
