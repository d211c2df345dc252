"""Exporting a table as CSV."""

import csv
import io
from collections.abc import Iterator

from django.http import HttpRequest, StreamingHttpResponse
from django.http.response import HttpResponseBase

from reunite.core.access.callers import KeyScope
from reunite.core.scope import Scope
from reunite.explorer.http.page import page
from reunite.services.persons.tables import TABLES, Table, table_of, table_rows

__all__ = ["TABLES"]

_PART_BYTES = 64 * 1024


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
            writer.writerow(row)
            if part.tell() > _PART_BYTES:
                yield part.getvalue().encode()
                part.seek(0)
                part.truncate()
        yield part.getvalue().encode()
