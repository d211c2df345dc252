"""The contacts of a person, as a table."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from django.http import HttpRequest, HttpResponse

from reunite.core.access.callers import KeyScope
from reunite.core.identifiers.kinds import Kind, Standing
from reunite.core.scope import Scope
from reunite.explorer.http.page import answer, is_fragment, page
from reunite.explorer.http.query import number_in
from reunite.explorer.persons.glance import kind_name
from reunite.services.persons.show import ShownContact, show_contacts
from reunite.services.persons.standing import Standings
from reunite.services.policy.change import declared_kinds

PAGE_LENGTH = 25


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
    columns: list[list[Cell]]
    """Its values of each kind that the table has, in the order of ``headings``."""


@dataclass(frozen=True, slots=True)
class Table:
    """Contacts as a table; ``headings`` are the names of the kinds that have columns."""

    headings: list[str]
    rows: list[ContactRow]


def table_of(
    scope: Scope,
    contacts: Sequence[ShownContact],
    standings: Mapping[int, Standings],
    person_id: int,
) -> Table:
    """The table of contacts, in their order: with emails, phone numbers, and all declared kinds.

    A kind that is declared no more has a column if one of the contacts has a value of it.
    """
    declared = declared_kinds(scope)
    others = {value.kind for each in contacts for value in each.contact.values}
    kinds = [*Kind, *declared, *sorted(others.difference(Kind, declared))]
    return Table(
        [heading(kind) for kind in kinds],
        [_row(each, standings[each.contact.id], kinds, person_id) for each in contacts],
    )


def heading(kind: str) -> str:
    """The heading of a column of values."""
    return kind_name(kind).capitalize() if isinstance(kind, Kind) else kind


def _row(
    shown: ShownContact, standings: Standings, kinds: Sequence[str], person_id: int
) -> ContactRow:
    contact = shown.contact
    cells: dict[str, list[Cell]] = {}
    for value in contact.values:
        cells.setdefault(value.kind, []).append(Cell(value.given, standings[value.mark]))
    columns = [cells.get(kind, []) for kind in kinds]
    return ContactRow(shown, contact.id == person_id, columns)


@page(needs=(KeyScope.READ,))
def show(request: HttpRequest, scope: Scope, id: int) -> HttpResponse:
    """A page of the table, or the rows that follow in the page that is open."""
    after = number_in(request, "after")
    found = show_contacts(scope, id, after=after, limit=PAGE_LENGTH)
    told = {
        "person_id": found.person_id,
        "table": table_of(scope, found.contacts, found.standings, found.person_id),
        "next": found.next,
        "evidence": request.GET.get("pick") == "1",  # The rows go into a page with the picture.
    }
    part = "contact_rows" if is_fragment(request) else "contacts"
    return answer(request, f"persons/{part}", told)
