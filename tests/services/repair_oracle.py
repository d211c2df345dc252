"""A slow, obvious account of what was said and what operators did with it.

It knows nothing of keys, primaries or transactions: persons are grown from what counts, each time.
"""

from copy import deepcopy
from dataclasses import dataclass, field, replace


@dataclass
class Taken:
    """What a repair changed; links by id, with the state after it and before it."""

    withheld: set
    released: set
    separated: set
    lifted: set
    links: dict
    deleted: set
    undeleted: set


@dataclass
class RepairOracle:
    """Contacts by id (in order of age), what they said by kind, and what does not count."""

    rows: dict = field(default_factory=dict)
    withheld: set = field(default_factory=set)  # (contact, kind)
    retired: set = field(default_factory=set)  # (kind, value)
    blocked: set = field(default_factory=set)  # (kind, value), by the policy
    links: dict = field(default_factory=dict)  # id: (ends, "standing" or what was decided)
    separations: set = field(default_factory=set)  # Pairs of contacts.
    deleted: dict = field(default_factory=dict)  # id: (what it said, whom it was one person with)
    erased: set = field(default_factory=set)  # Contacts.
    hashed: set = field(default_factory=set)  # (kind, value)

    def could_be(self, contact_id):
        """What a contact could be known by if nothing were retired."""
        said = self.rows[contact_id].items()
        return {(kind, value) for kind, value in said if (contact_id, kind) not in self.withheld}

    def known_by(self, contact_id):
        return self.could_be(contact_id) - self.retired - self.blocked

    def ends_of(self, contact_id):
        """What links to a contact end at."""
        return self.known_by(contact_id) | {("contact", str(contact_id))}

    def carried(self):
        return set().union(*map(self.ends_of, self.rows))

    def possible(self, contact_ids=None):
        ids = self.rows if contact_ids is None else contact_ids
        return set().union(*map(self.could_be, ids))

    def state_of(self, link_id):
        ends, state = self.links[link_id]
        if state == "held":
            one, other = (self.owners([end]) for end in ends)
            return "settled" if one and one == other else "held"
        if state != "standing":
            return state
        return "live" if ends <= self.carried() else "suspended"

    def person_of(self, contact_ids):
        """The contacts that anything that counts joins to these, over any number of steps."""
        person = set(contact_ids)
        carried = self.carried()
        live = [ends for ends, state in self.links.values() if state == "standing"]
        live = [ends for ends in live if ends <= carried]
        while True:
            known = set().union(*map(self.ends_of, person))
            for ends in live:
                if ends & known:
                    known |= ends
            more = person | {id for id in self.rows if self.ends_of(id) & known}
            if more == person:
                return person
            person = more

    def persons(self):
        """The persons by their oldest contact."""
        persons = map(self.person_of, ([id] for id in self.rows))
        return {min(person): person for person in persons}

    def owners(self, ends):
        """The contacts that are, or are known by, one of these, and all of their persons."""
        return self.person_of(id for id in self.rows if self.ends_of(id) & set(ends))

    def apart(self, contact_ids):
        """Whether separations forbid that these are one person."""
        return any(pair <= set(contact_ids) for pair in self.separations)

    def delete(self, contact_id):
        person = self.person_of([contact_id])
        could_be = self.could_be(contact_id)
        self.deleted[contact_id] = self.rows.pop(contact_id), person
        gone = could_be - self.possible() | {("contact", str(contact_id))}
        self._revoke(lambda ends, _: ends & gone)
        heir = min(person - {contact_id}, default=None)
        held = {pair for pair in self.separations if contact_id in pair}
        passed = {frozenset({heir}) | (pair - {contact_id}) for pair in held}
        self.separations -= held
        self.separations |= {pair for pair in passed if None not in pair and len(pair) > 1}

    def split(self, side, *, keep_apart, shared="oldest"):
        person = self.person_of(side)
        others = person - set(side)
        oldest, youngest = sorted((set(side), others), key=min)
        near = {"oldest": oldest, "named": set(side), "others": others}[shared]
        far = person - near
        near_has, far_has = self.possible(near), self.possible(far)
        near_is, far_is = ({("contact", str(id)) for id in side} for side in (near, far))
        self.withheld |= {(id, kind) for id in far for kind, value in self.could_be(id) & near_has}
        self._revoke(
            lambda ends, state: (
                state == "standing"
                and ends & (near_has | near_is)
                and ends & (far_has - near_has | far_is)
            )
        )
        if keep_apart:
            firsts = {min(self.person_of([id])) for id in youngest}
            self.separations |= {frozenset({min(oldest), id}) for id in firsts}

    def give_back(self, *contact_ids):
        """What the persons of these contacts both have is withheld in neither."""
        persons = [self.person_of([id]) for id in contact_ids]
        one, other = ({each for id in ids for each in self.rows[id].items()} for ids in persons)
        self.withheld -= {
            (id, kind)
            for ids in persons
            for id in ids
            for kind, value in self.rows[id].items()
            if (kind, value) in one & other
        }

    def members(self, contact_ids):
        """These contacts, and the deleted ones that were one person with any of them."""
        found = set(contact_ids)
        while more := {
            id for id, (_, person) in self.deleted.items() if person & found and id not in found
        }:
            found |= more
        return found

    def erase(self, contact_id):
        members = self.members(self.person_of([contact_id]))
        said = [self.rows.pop(id, None) or self.deleted.pop(id)[0] for id in members]
        own = {identifier for each in said for identifier in each.items()} - self.possible()
        lost = own | {("contact", str(id)) for id in members}
        self.links = {id: link for id, link in self.links.items() if not link[0] & lost}
        self.retired -= own
        self.withheld = {each for each in self.withheld if each[0] not in members}
        self.separations = {pair for pair in self.separations if not pair & members}
        self.erased |= members
        self.hashed |= own
        return members

    def stopped(self, one, other):
        """Whether a guard keeps two persons, of these contacts, from becoming one."""
        if self.apart(one | other):
            return True
        decided = (ends for ends, state in self.links.values() if state in {"held", "rejected"})
        sides = [one, other]
        return any(
            sorted(map(self.owners, ([end] for end in ends)), key=min) == sorted(sides, key=min)
            for ends in decided
            if all(self.owners([end]) for end in ends)
        )

    def would_be_apart(self, *, retired, blocked):
        """Whether separations forbid what would be one person if only these did not count."""
        other = replace(self, retired=retired, blocked=blocked)
        return any(other.apart(person) for person in other.persons().values())

    def bridges_apart(self, contact_ids):
        """Whether joining the persons of these contacts is forbidden."""
        return self.apart(set().union(*(self.person_of([id]) for id in contact_ids)))

    def copy(self):
        return deepcopy(self)

    def change_since(self, before):
        """What a repair changed, so that it can be taken back."""
        known = {id: state for id, (_, state) in before.links.items()}
        return Taken(
            withheld=self.withheld - before.withheld,
            released=before.withheld - self.withheld,
            separated=self.separations - before.separations,
            lifted=before.separations - self.separations,
            links={
                id: (state, known.get(id, "revoked"))
                for id, (_, state) in self.links.items()
                if state != known.get(id)
            },
            deleted=self.deleted.keys() - before.deleted.keys(),
            undeleted=before.deleted.keys() - self.deleted.keys(),
        )

    def take_back(self, taken):
        for id in taken.undeleted:
            could_be, person = self.could_be(id), self.person_of([id])
            self.deleted[id] = self.rows.pop(id), person
            gone = could_be - self.possible() | {("contact", str(id))}
            self._revoke(lambda ends, _, gone=gone: ends & gone)
        for id in taken.deleted:
            self.rows[id], _ = self.deleted.pop(id)
        self.withheld = self.withheld - taken.withheld | taken.released
        self.separations = self.separations - taken.separated | taken.lifted
        for id, (_, before) in taken.links.items():
            self.links[id] = self.links[id][0], before

    def _revoke(self, is_lost):
        self.links = {
            id: (ends, "revoked" if is_lost(ends, state) else state)
            for id, (ends, state) in self.links.items()
        }
