"""From evidence to persons, from scratch: for contacts that an operation touched, or for a check.

Evidence are contacts that carry the same identifier, and live links. A request joins two
identifiers, an operator two contacts.
"""

from collections.abc import Iterable

from reunite.core.persons.components import Components
from reunite.core.persons.person import Contact, End, Ends, Person


def derive(contacts: Iterable[Contact], links: Iterable[Ends]) -> list[Person]:
    """The persons that the contacts make up, oldest first.

    A link counts only between ends that are among the contacts and their identifiers.
    """
    by_id = {contact.id: contact for contact in contacts}
    evidence: Components[End] = Components()
    carried: set[End] = set()
    for contact in by_id.values():
        evidence.join(contact.ends)
        carried.update(contact.ends)
    for link in links:
        if carried.issuperset(link):
            evidence.join(link)
    groups = (
        [by_id[node] for node in group if isinstance(node, int)] for group in evidence.groups()
    )
    return sorted(map(Person.of, groups), key=lambda person: person.primary)
