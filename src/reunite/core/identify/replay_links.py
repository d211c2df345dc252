"""The live links while requests are replayed: those that were stored, and those that came since."""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping

from reunite.core.identifiers.kinds import Identifier
from reunite.core.persons.person import Contact, End, Ends


class ReplayLinks:
    """The live links, by their ends; ``stored`` are those with an id."""

    def __init__(self, stored: Mapping[int, Ends]) -> None:
        self._stored = dict(stored)
        self._new: set[Ends] = set()
        self._at: defaultdict[End, dict[Ends, None]] = defaultdict(dict)
        for ends in stored.values():
            self._index(ends)

    def __iter__(self) -> Iterator[Ends]:
        """All of them."""
        yield from self._stored.values()
        yield from self._new

    def add(self, ends: Ends) -> None:
        """Add a link that a request made."""
        self._new.add(ends)
        self._index(ends)

    def among(self, contacts: Iterable[Contact]) -> list[Ends]:
        """Those with an end at one of the contacts, each once."""
        found = {
            ends: None
            for contact in contacts
            for end in contact.ends
            for ends in self._at.get(end, ())
        }
        return list(found)

    def drop(self, identifier: Identifier) -> tuple[tuple[int, ...], tuple[Ends, ...]]:
        """Take out those that end at an identifier: the ids of stored ones, the ends of others."""
        suspended = tuple(id for id, ends in self._stored.items() if identifier in ends)
        dropped = tuple(sorted(ends for ends in self._new if identifier in ends))
        for id in suspended:
            del self._stored[id]
        self._new.difference_update(dropped)
        for ends in self._at.pop(identifier, {}):
            for end in ends:
                self._at.get(end, {}).pop(ends, None)
        return suspended, dropped

    def _index(self, ends: Ends) -> None:
        for end in ends:
            self._at[end][ends] = None
