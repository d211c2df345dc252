"""Exporting a table as CSV, for people: their spreadsheets would run what looks like a formula."""

import csv
import io
import re
from collections.abc import Iterator

from django.http import HttpRequest, StreamingHttpResponse
from django.http.response import HttpResponseBase

from reunite.core.access.callers import KeyScope
from reunite.core.scope import Scope
from reunite.explorer.http.page import page
from reunite.services.persons.tables import TABLES, Table, table_of, table_rows

__all__ = ["TABLES"]

_PART_BYTES = 64 * 1024
_FORMULA = re.compile(r"\s*[=+\-@\uff1d\uff0b\uff0d\uff20]|[\t\r\n]")
"""The beginning of a formula in some spreadsheet, also in signs of full width."""
_NUMBER = re.compile(r"\+?[0-9 ().-]+")
"""Phone numbers: a spreadsheet may read them as numbers, and runs nothing."""


@page(needs=(KeyScope.READ,))
def export(_request: HttpRequest, scope: Scope, table: str) -> HttpResponseBase:
    """All rows of a table, as of one moment."""
    response = StreamingHttpResponse(_csv(scope, table_of(scope, table)), content_type="text/csv")
    response["Content-Disposition"] = f'attachment; filename="{table}.csv"'
    return response


def _csv(scope: Scope, table: Table) -> Iterator[bytes]:
    with table_rows(scope, table) as rows:
        part = io.StringIO(newline="")
        writer = csv.writer(part)
        writer.writerow(table.columns)
        for row in rows:
            writer.writerow(map(_harmless, row))
            if part.tell() > _PART_BYTES:
                yield part.getvalue().encode()
                part.seek(0)
                part.truncate()
        yield part.getvalue().encode()


def _harmless(cell: object) -> object:
    """The cell, as text for a spreadsheet where it would be a formula."""
    if isinstance(cell, str) and _FORMULA.match(cell) and not _NUMBER.fullmatch(cell):
        return f"'{cell}"
    return cell
