"""The contacts of a person, as a table."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass

from django.http import HttpRequest, HttpResponse

from reunite.core.access.callers import KeyScope
from reunite.core.identifiers.kinds import Kind, Standing
from reunite.core.scope import Scope
from reunite.explorer.http.page import answer, is_fragment, page
from reunite.explorer.http.query import number_in
from reunite.explorer.persons.glance import KIND_NAMES
from reunite.services.persons.show import ShownContact, show_contacts
from reunite.services.persons.standing import Standings

PAGE_LENGTH = 25
HEADINGS = tuple(KIND_NAMES.get(kind, kind.value).capitalize() for kind in Kind)
"""Those of the columns of values."""


@dataclass(frozen=True, slots=True)
class Cell:
    """A value of a contact, and whether it counts in it."""

    given: str
    standing: Standing

    @property
    def counts(self) -> bool:
        """Whether it is evidence."""
        return self.standing is Standing.COUNTS


@dataclass(frozen=True, slots=True)
class ContactRow:
    """A contact as a row of the table."""

    shown: ShownContact
    is_primary: bool
    cells: tuple[Cell | None, ...]
    """Its values in the order of ``Kind``; None where it has none."""


def rows_of(
    contacts: Iterable[ShownContact], standings: Mapping[int, Standings], person_id: int
) -> Iterator[ContactRow]:
    """The rows of contacts, in their order."""
    for each in contacts:
        contact = each.contact
        cells = {
            value.kind: Cell(value.given, standings[contact.id][value.mark])
            for value in contact.values
        }
        yield ContactRow(each, contact.id == person_id, tuple(map(cells.get, Kind)))


@page(needs=(KeyScope.READ,))
def show(request: HttpRequest, scope: Scope, id: int) -> HttpResponse:
    """A page of the table, or the rows that follow in the page that is open."""
    after = number_in(request, "after")
    found = show_contacts(scope, id, after=after, limit=PAGE_LENGTH)
    told = {
        "person_id": found.person_id,
        "rows": list(rows_of(found.contacts, found.standings, found.person_id)),
        "next": found.next,
        "headings": HEADINGS,
        "evidence": request.GET.get("pick") == "1",  # The rows go into a page with the picture.
    }
    part = "contact_rows" if is_fragment(request) else "contacts"
    return answer(request, f"persons/{part}", told)
