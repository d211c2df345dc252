"""Rebuild: derive all persons from the evidence, and write the differences."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime

from reunite.core.audit.rebuild import Group, misplaced
from reunite.core.audit.stored import StoredContact
from reunite.core.errors import WouldJoinKeptApart
from reunite.core.events import PersonsRebuilt
from reunite.core.identifiers.kinds import Identifier
from reunite.core.persons.person import End
from reunite.core.policy.rekeying import Rekeying
from reunite.core.repair.effects import Effects, effects
from reunite.core.repair.regroup import Affected, Change, KnownLink, LinkState, regroup
from reunite.core.scope import Scope
from reunite.services.policy.link_keys import misnamed_links, misnamed_retired
from reunite.services.repair.edit import exclusively
from reunite.services.snapshots import from_snapshot
from reunite.store.audit import groups, rules
from reunite.store.database.queries import Reader
from reunite.store.database.transactions import Transaction
from reunite.store.repair import repairs
from reunite.store.tables import identifiers, links, policies, separations
from reunite.store.tables.columns import others_from


@dataclass(frozen=True, slots=True)
class Rebuilt:
    """What was stored otherwise than the evidence says.

    ``rekeyed``, ``relinked`` and ``relisted`` are the ids of contacts: the last had other rows in
    the identifier table than values. ``links`` are the ids of links whose state or ends were wrong;
    ``effects`` compares persons as they were stored and as they should be; ``kept_apart`` are
    separations that stand against it.
    """

    contacts: int
    rekeyed: list[int]
    relinked: list[int]
    links: list[int]
    renamed_retired: int
    relisted: list[int]
    effects: Effects
    kept_apart: list[int]

    @property
    def changes_nothing(self) -> bool:
        """Whether all was as it should be."""
        return not (
            self.rekeyed or self.relinked or self.links or self.renamed_retired or self.relisted
        )


def rebuild(
    scope: Scope, *, dry_run: bool = False, on_progress: Callable[[int], None] = lambda _: None
) -> Rebuilt:
    """Make persons, keys and links what contacts, links and rules say; with ``dry_run`` only tell.

    Correct rows are not written. Holds the persons concerned in memory. Other writes wait
    while something is written, not for a look that finds nothing. Raises WouldJoinKeptApart or
    TemporarilyUnavailable.
    """
    found = from_snapshot(lambda snapshot: _Look(scope, snapshot, on_progress).result())
    if dry_run or found.changes_nothing:
        return found

    def write(locked: Transaction) -> Rebuilt:
        look = _Look(scope, locked, on_progress)
        result = look.result()
        if result.kept_apart:
            raise WouldJoinKeptApart(result.kept_apart)
        look.write(locked)
        return result

    return exclusively(scope, write)


class _Look:
    """Reads all stored rows, and gathers the wrong ones."""

    def __init__(self, scope: Scope, reader: Reader, on_progress: Callable[[int], None]) -> None:
        self._reader = reader
        self._on_progress = on_progress
        self._scope = scope
        policy = reader.read(policies.in_force(scope)).policy
        self._retirement = misnamed_retired(scope, reader, policy=policy)
        self._relinked = misnamed_links(scope, reader, policy=policy)
        self._retired = self._retirement.identifiers
        self._rekeying = Rekeying(policy)
        self._groups: dict[int, Group] = {}
        self._links: dict[int, KnownLink] = {}
        self._contacts = 0
        self._wrongly_listed = {
            id: tuple(others_from(text)) if text else ()
            for id, text in rules.wrongly_listed(reader, scope)
        }
        self._find_wrong_groups()
        self._add_those_concerned()
        self._before = self._affected()
        self._change = Change(
            values={
                id: values
                for group in self._groups.values()
                for id, values in group.rekeyed.items()
            },
            link_ends=self._relinked.ends,
        )
        self._after = regroup(self._before, self._change)
        self._misplaced = misplaced(self._groups.values(), self._after.persons)

    def result(self) -> Rebuilt:
        """The differences that were found."""
        return Rebuilt(
            contacts=self._contacts,
            rekeyed=sorted(self._change.values),
            relinked=sorted(self._misplaced),
            links=sorted({*self._after.link_states, *self._relinked.links}),
            renamed_retired=len(self._retirement.names),
            relisted=sorted(self._wrongly_listed),
            effects=effects(self._before.persons, self._after.persons),
            kept_apart=[each.id for each in self._after.kept_apart],
        )

    def write(self, locked: Transaction) -> None:
        """Make it right, and commit."""
        now = datetime.now(UTC)
        expected = {
            each.contact.id: (group.expected[each.contact.id], each.linked_id)
            for group in self._groups.values()
            for each in group.contacts
        }
        changed = self._change.values.keys() | self._misplaced.keys()
        rows = [
            (id, values, self._misplaced.get(id, linked_id))
            for id, (values, linked_id) in expected.items()
            if id in changed
        ]
        locked.commit(
            *identifiers.delete(self._wrongly_listed),
            *identifiers.insert(self._wrongly_listed.items()),
            *groups.write(rows, self._after.link_states, at=now),
            *self._relinked.write(),
            *self._retirement.write(),
            *repairs.tell(
                self._scope,
                self._before.persons,
                self._after.persons,
                event=PersonsRebuilt(),
                at=now,
                only=changed,
            ),
            policies.change(self._scope, at=now),
        )

    def _find_wrong_groups(self) -> None:
        for group_id, contacts in groups.all_groups(self._reader, self._scope):
            group = self._group(group_id, contacts)
            if not (group.is_itself and self._is_connected(group)):
                self._groups[group_id] = group
            self._contacts += len(contacts)
            self._on_progress(self._contacts)

    def _is_connected(self, group: Group) -> bool:
        if group.is_connected():
            return True
        found = self._reader.read(links.live(self._scope, group.ends))
        return group.is_connected((each.left, each.right) for each in found)

    def _add_those_concerned(self) -> None:
        """Add the persons that evidence joins to wrong ones, over any number of steps."""
        seeds: set[End] = {*self._relinked.affected}
        for shared in groups.shared_keys(self._reader, self._scope):
            seeds.add(Identifier(shared.kind, shared.key))
        for link in groups.unsound_links(self._reader, self._scope):
            seeds.update(link.ends)
        looked_up: set[End] = set()
        while new := self._ends().union(seeds) - looked_up:
            looked_up |= new
            kept = self._reader.read(links.with_ends(self._scope, new))
            found = [each.known for each in kept]
            self._links.update((each.link.id, each) for each in found)
            for each in found:
                if each.state in (LinkState.LIVE, LinkState.SUSPENDED):
                    new.update(each.ends)
            owners = self._reader.read(groups.owners(self._scope, new))
            for group_id, contacts in self._reader.read(
                groups.groups(self._scope, owners - self._groups.keys())
            ):
                self._groups[group_id] = self._group(group_id, contacts)

    def _ends(self) -> set[End]:
        return {each for group in self._groups.values() for each in group.ends}

    def _affected(self) -> Affected:
        ids = [each.contact.id for group in self._groups.values() for each in group.contacts]
        return Affected(
            [group.person for group in self._groups.values()],
            list(self._links.values()),
            [each.separation for each in self._reader.read(separations.of(ids))],
        )

    def _group(self, group_id: int, contacts: list[StoredContact]) -> Group:
        expected = {
            each.contact.id: self._rekeying.values(each.keyed, retired=self._retired)
            for each in contacts
        }
        return Group(group_id, contacts, expected)
