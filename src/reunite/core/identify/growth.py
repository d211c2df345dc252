"""Who grew by what happened, where persons were not read: the persons it was made of, and contacts.

A person that became suspicious is found so with few questions: how many contacts the persons had
before and, of those that are not small then, which identifiers.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from reunite.core.identify.happenings import BecameSuspicious, Created, Happening, Merged
from reunite.core.persons.person import Contact, Primary
from reunite.core.persons.suspicion import MAX_CONTACTS, MAX_OF_A_KIND, Counts, becomes_suspicious
from reunite.core.policy.keys import Keys


@dataclass(slots=True)
class Grown:
    """A person after what happened: the stored persons and the new contacts that it is made of."""

    person: Primary
    before: set[int]
    contacts: list[Contact]
    at: datetime

    def could_be_suspicious(self, sizes: Mapping[int, int]) -> bool:
        """Whether it could have become so; ``sizes`` are those of stored persons before."""
        before = [sizes[id] for id in self.before]
        size = sum(before) + len(self.contacts)
        return size > MAX_OF_A_KIND and all(each <= MAX_CONTACTS for each in before)

    def suspicion(self, stored: Mapping[int, Sequence[Keys]]) -> BecameSuspicious | None:
        """That it became suspicious, if it did; ``stored`` are the contacts of persons before."""
        before = [stored[id] for id in self.before]
        new = [Keys(contact.email_key, contact.phone_key) for contact in self.contacts]
        after = Counts.of_keys([*(keys for person in before for keys in person), *new])
        if not becomes_suspicious(map(Counts.of_keys, before), after):
            return None
        return BecameSuspicious(self.person.id, after, self.at)


def grown(happenings: Iterable[Happening]) -> list[Grown]:
    """Everybody who grew, as they are in the end."""
    by_id: dict[int, Grown] = {}
    for each in happenings:
        match each:
            case Created(contact, person):
                is_new = person.id == contact.id
                known = by_id.setdefault(
                    person.id, Grown(person, set() if is_new else {person.id}, [], each.at)
                )
                known.contacts.append(contact)
                known.at = each.at
            case Merged(survivor, absorbed):
                known = by_id.setdefault(survivor.id, Grown(survivor, {survivor.id}, [], each.at))
                gone = by_id.pop(absorbed.id, None) or Grown(absorbed, {absorbed.id}, [], each.at)
                known.before |= gone.before
                known.contacts += gone.contacts
                known.at = each.at
    return list(by_id.values())
