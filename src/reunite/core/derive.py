"""From evidence to persons, from scratch: for contacts that an operation touched, or for a check.

Evidence are contacts that carry the same identifier, and live links between two identifiers.
"""

from collections.abc import Iterable

from reunite.core.components import Components
from reunite.core.identifiers import Identifier
from reunite.core.person import Contact, Person


def derive(
    contacts: Iterable[Contact], links: Iterable[tuple[Identifier, Identifier]]
) -> list[Person]:
    """The persons that the contacts make up, oldest first.

    A link counts only between identifiers that the contacts carry.
    """
    by_id = {contact.id: contact for contact in contacts}
    evidence: Components[int | Identifier] = Components()
    carried: set[Identifier] = set()
    for contact in by_id.values():
        evidence.join([contact.id, *contact.identifiers])
        carried.update(contact.identifiers)
    for link in links:
        if carried.issuperset(link):
            evidence.join(link)
    groups = (
        [by_id[node] for node in group if isinstance(node, int)] for group in evidence.groups()
    )
    return sorted(map(Person.of, groups), key=lambda person: person.primary)
