"""Stored rows as check and rebuild read them; rows may be damaged in any way."""

from dataclasses import dataclass
from typing import NamedTuple

from reunite.core.identifiers.kinds import Mark
from reunite.core.persons.person import Contact, Ends
from reunite.core.policy.rekeying import KeyedContact
from reunite.core.repair.regroup import LinkState


class StoredContact(NamedTuple):
    """A live row of the contact table, with the row that it points at and its withheld kinds."""

    contact: Contact
    linked_id: int | None
    withheld: frozenset[Mark]
    workspace_id: int

    @property
    def keyed(self) -> KeyedContact:
        """The same for who reads keys."""
        return KeyedContact(self.contact.id, self.contact.values, self.withheld)


@dataclass(frozen=True, slots=True)
class StoredLink:
    """A link that counts or may count, and the ids that the contacts at its ends are stored under.

    An id is None where no live contact carries the end.
    """

    id: int
    state: LinkState
    left_id: int | None
    right_id: int | None
    ends: Ends

    @property
    def is_carried(self) -> bool:
        """Whether both ends are carried."""
        return self.left_id is not None and self.right_id is not None


@dataclass(frozen=True, slots=True)
class SharedKey:
    """An identifier of contacts that are not stored under one id; two of the ids and contacts."""

    kind: str
    key: str
    group_ids: tuple[int, int]
    contact_ids: tuple[int, int]
