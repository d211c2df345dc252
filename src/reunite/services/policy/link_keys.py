"""The keys of links and of retired identifiers under a policy: keys follow from values.

A link keeps the values of its request, and a retired identifier the values that contacts had. So
only the policy in force decides the keys, and no earlier policy matters.
"""

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass

from reunite.core.identifiers.kinds import Identifier
from reunite.core.persons.person import Ends
from reunite.core.policy.policy import Policy
from reunite.core.policy.rekeying import KeyedEnd, KeyedLink, KeyedRetired, Naming
from reunite.core.scope import Scope
from reunite.store.database.dialects import Statement
from reunite.store.database.queries import Reader
from reunite.store.persons import carriers
from reunite.store.policy import link_values, rekeying
from reunite.store.policy.link_values import FoundLink


@dataclass(frozen=True, slots=True)
class Relinked:
    """The links whose ends get other keys or values, by id, as they are then."""

    links: dict[int, KeyedLink]
    before: dict[int, KeyedLink]

    @property
    def ends(self) -> dict[int, Ends]:
        """The ends of those that get other keys."""
        return {
            id: link.named for id, link in self.links.items() if link.named != self.before[id].named
        }

    @property
    def affected(self) -> set[Identifier]:
        """All ends, before and then, of those that get other keys."""
        ids = self.ends
        both = (*(self.links[id] for id in ids), *(self.before[id] for id in ids))
        return {end for link in both for end in link.named}

    def write(self) -> list[Statement]:
        """The statements that write them."""
        return link_values.write(self.links)


NOTHING = Relinked({}, {})


@dataclass(frozen=True, slots=True)
class Retirement:
    """The retired rows, and the keys of each row under another policy, by its id."""

    rows: list[KeyedRetired]
    names: dict[int, list[KeyedEnd]]

    @property
    def identifiers(self) -> frozenset[Identifier]:
        """The identifiers that are retired under the other policy."""
        return frozenset(
            end.identifier for row in self.rows for end in self.names.get(row.id, [row.end])
        )

    @property
    def added(self) -> frozenset[Identifier]:
        """The identifiers that only the other policy retires."""
        return self.identifiers - {row.end.identifier for row in self.rows}

    def write(self) -> list[Statement]:
        """The statements that write it."""
        return rekeying.rename_retired(self.names)


def relinked(scope: Scope, reader: Reader, *, before: Policy, after: Policy) -> Relinked:
    """The links that another policy gives other keys.

    An end keeps its value if a contact has the identifier by this value. Else it takes the value of
    the oldest contact with the identifier. An end that no contact has would join strangers if one
    of them sent that value one day. Revoked links join no persons and stay as they are.
    """
    if not before.names_differ(after):
        return NOTHING
    return _relinked(scope, reader, before, after)


def misnamed_links(scope: Scope, reader: Reader, *, policy: Policy) -> Relinked:
    """The links whose ends have other keys than the policy in force gives to their values."""
    naming = Naming(policy)
    found = _relinked(scope, reader, policy, policy)
    wrong = {
        id
        for id, link in found.before.items()
        if link.named != found.links[id].named
        or any(naming.identifier(end.kind, end.value) != end.identifier for end in link.ends)
    }
    return Relinked({id: found.links[id] for id in wrong}, {id: found.before[id] for id in wrong})


def read_retirement(scope: Scope, reader: Reader, *, before: Policy, after: Policy) -> Retirement:
    """What will be retired when another policy takes the place of the one in force.

    A row without a value, from before values were kept, becomes one for each value of contacts.
    """
    rows = reader.read(rekeying.retired_rows(scope))
    if not before.names_differ(after):
        return Retirement(rows, {})
    naming = Naming(after)
    unknown = {row.end.identifier for row in rows if row.end.given is None}
    values = _unused(scope, reader, unknown, before)
    return Retirement(
        rows,
        {
            row.id: [
                naming.end(row.end, value)
                for value in (
                    [row.end.value]
                    if row.end.given is not None
                    else values.get(row.end.identifier, [row.end.value])
                )
            ]
            for row in rows
        },
    )


def misnamed_retired(scope: Scope, reader: Reader, *, policy: Policy) -> Retirement:
    """The retired rows whose keys are not what the policy in force makes of their values."""
    naming = Naming(policy)
    rows = reader.read(rekeying.retired_rows(scope))
    ends = {row.id: naming.end(row.end, row.end.value) for row in rows}
    return Retirement(
        rows,
        {row.id: [ends[row.id]] for row in rows if ends[row.id].identifier != row.end.identifier},
    )


def _relinked(scope: Scope, reader: Reader, before: Policy, after: Policy) -> Relinked:
    naming = Naming(after)
    was: dict[int, KeyedLink] = {}
    now: dict[int, KeyedLink] = {}
    doubtful: list[FoundLink] = []

    def note(link: KeyedLink, left: str, right: str) -> None:
        ends = naming.end(link.ends[0], left), naming.end(link.ends[1], right)
        if ends != link.ends:
            was[link.id], now[link.id] = link, KeyedLink(link.id, ends)

    for found in link_values.read(scope, reader):
        if found.is_revoked or all(found.is_had):
            note(found.link, *(end.value for end in found.link.ends))
        else:
            doubtful.append(found)
    value = _Values(scope, reader, before, doubtful)
    for found in doubtful:
        left, right = (
            end.value if is_had else value.of(end)
            for end, is_had in zip(found.link.ends, found.is_had, strict=True)
        )
        note(found.link, left, right)
    return Relinked(now, was)


class _Values:
    """By which values contacts have the ends of links that none has by the link's own."""

    def __init__(
        self, scope: Scope, reader: Reader, policy: Policy, links: Iterable[FoundLink]
    ) -> None:
        asked = {
            end.identifier
            for found in links
            for end, is_had in zip(found.link.ends, found.is_had, strict=True)
            if not is_had
        }
        self._carried = reader.read(link_values.oldest_values(scope, asked))
        self._unused = _unused(scope, reader, asked - self._carried.keys(), policy)

    def of(self, end: KeyedEnd) -> str:
        """The value that the end is to have."""
        carried = self._carried.get(end.identifier)
        if carried is not None:
            return carried
        unused = self._unused.get(end.identifier, [])
        return end.value if end.given in unused or not unused else unused[0]


def _unused(
    scope: Scope, reader: Reader, identifiers: Iterable[Identifier], policy: Policy
) -> dict[Identifier, list[str]]:
    """The values by which contacts have identifiers that count nowhere, oldest first."""
    asked = set(identifiers)
    naming = Naming(policy)
    values: defaultdict[Identifier, list[str]] = defaultdict(list)
    for any_of_kind in carriers.one_of_each(asked):
        unused = reader.read(carriers.unused(scope, any_of_kind))
        for given in dict.fromkeys(each.given for each in unused.values()):
            identifier = naming.identifier(any_of_kind.kind, given)
            if identifier in asked:
                values[identifier].append(given)
    return values
