"""Who grew by what happened, where persons were not read: the persons it was made of, and contacts.

Most persons of a chunk of a file stay small. ``Growth`` counts their new contacts alone, and tells
whose identifiers are needed.
"""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from collections.abc import Set as AbstractSet
from dataclasses import dataclass
from datetime import datetime

from reunite.core.identifiers.kinds import Identifier
from reunite.core.identify.happenings import BecameSuspicious, Created, Happening, Merged
from reunite.core.persons.person import Contact, Primary
from reunite.core.persons.suspicion import MAX_OF_A_KIND, Counts, becomes_suspicious


@dataclass(slots=True)
class Grown:
    """A person after what happened: the stored persons and the new contacts that it is made of."""

    person: Primary
    before: set[int]
    contacts: list[Contact]
    at: datetime

    def suspicion(
        self, stored: Mapping[int, Sequence[Sequence[Identifier]]]
    ) -> BecameSuspicious | None:
        """That it became suspicious, if it did.

        ``stored`` are the contacts of the persons before, each by its identifiers.
        """
        before = [stored[id] for id in self.before]
        new = [contact.identifiers for contact in self.contacts]
        after = Counts.of_contacts([*(each for person in before for each in person), *new])
        if not becomes_suspicious(map(Counts.of_contacts, before), after):
            return None
        return BecameSuspicious(self.person.id, after, self.at)


class Growth:
    """Who grew by what happened, in order: newcomers and merges."""

    def __init__(self, happenings: Sequence[Happening]) -> None:
        self._grew: list[Created | Merged] = []
        self._new_ids: set[int] = set()
        self._merged: set[int] = set()
        newcomers = []
        for each in happenings:
            if isinstance(each, Created):
                self._new_ids.add(each.contact.id)
                newcomers.append(each.person.id)
            elif isinstance(each, Merged):
                self._merged |= {each.person.id, each.absorbed.id}
            else:
                continue
            self._grew.append(each)
        self._newcomers = Counter(newcomers)

    @property
    def least_sizes(self) -> dict[int, int]:
        """How many contacts stored persons had before, at least, if they can be suspicious now.

        By the ids of the persons; 1 if others may have brought the rest.
        """
        stored = (self._newcomers.keys() | self._merged) - self._new_ids
        return {
            id: 1 if id in self._merged else max(1, MAX_OF_A_KIND + 1 - self._newcomers[id])
            for id in stored
        }

    def grown(self, stored: AbstractSet[int]) -> list[Grown]:
        """Those who can be suspicious now, as they are in the end.

        ``stored`` are the ids of the stored persons that had as many contacts as ``least_sizes``
        says, and were not suspicious by them.
        """
        many = {id for id, count in self._newcomers.items() if count > MAX_OF_A_KIND}
        concerned = many | self._merged | stored
        all_grown = _grown([each for each in self._grew if each.person.id in concerned])
        return [each for each in all_grown if each.before <= stored]


def _grown(happenings: Iterable[Created | Merged]) -> list[Grown]:
    """Those who grew, as they are in the end."""
    by_id: dict[int, Grown] = {}
    for each in happenings:
        id = each.person.id
        known = by_id.get(id)
        if known is None:
            is_new = isinstance(each, Created) and each.contact.id == id
            known = by_id[id] = Grown(each.person, set() if is_new else {id}, [], each.at)
        known.at = each.at
        if isinstance(each, Created):
            known.contacts.append(each.contact)
        else:
            gone_id = each.absorbed.id
            gone = by_id.pop(gone_id, None) or Grown(each.absorbed, {gone_id}, [], each.at)
            known.before |= gone.before
            known.contacts += gone.contacts
    return list(by_id.values())
