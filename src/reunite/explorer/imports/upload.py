"""Choosing a file: what its columns are read as, and sending it."""

from django.http import HttpRequest, HttpResponse
from django.urls import reverse

from reunite.core.access.callers import KeyScope
from reunite.core.errors import FieldError, InvalidUpload
from reunite.core.imports.files import FORMATS, Columns, Unreadable
from reunite.core.imports.records.preview import PREVIEW_BYTES, Column, Preview, preview
from reunite.core.imports.records.times import says_no_time, time_reader
from reunite.core.scope import Scope
from reunite.explorer.http.page import answer, page
from reunite.explorer.imports.sent import OF_KIND, Sent, sent
from reunite.explorer.imports.words import FIELDS, on_a_page
from reunite.services.imports.kinds import for_kinds_in_force
from reunite.services.imports.uploads import receive

NO_FORMAT = "Its name does not tell which kind of file it is: choose the format."


@page(needs=(KeyScope.IMPORT,), method="POST")
def look(request: HttpRequest, scope: Scope) -> HttpResponse:
    """Preview the beginning of a file; nothing of it is kept."""
    file: Sent | None = None
    columns = Columns()
    try:
        file = sent(request)
        columns = for_kinds_in_force(scope, file.reading.columns)
        found = _preview(file, columns)
    except InvalidUpload as error:
        # A field of the page tells the format, so that is no reason to refuse the file.
        if [each.code for each in error.errors] != ["unknown_format"]:
            raise
        detail = error.errors[0].detail
        found = Preview(problem=NO_FORMAT if "parameter" in detail else detail)
    told = {
        "file": file,
        "preview": found,
        "fields": FIELDS | {f"{OF_KIND}{kind}": kind for kind in columns.declared},
        "formats": FORMATS,
        "chosen_format": file and file.chosen_format,
        "notes": [on_a_page(each) for each in found.notes],
        "problem": found.problem and on_a_page(found.problem),
        "no_times": file and no_times(found, file.reading.form.date_format),
        "rows": list(zip(*(each.cells for each in found.columns), strict=True)),
    }
    return answer(request, "imports/preview", told)


def no_times(found: Preview, date_format: str | None) -> Column | None:
    """The column of times, where none of its values in the first rows can be read as a time."""
    read = time_reader(date_format)
    for column in found.columns:
        given = [each for each in column.cells if not says_no_time(each)]
        if column.field == "created_at" and given and not any(map(read, given)):
            return column
    return None


@page(needs=(KeyScope.IMPORT,), method="POST")
def send(request: HttpRequest, scope: Scope) -> HttpResponse:
    """Keep a file for a worker; where its import is seen."""
    file = sent(request)
    for_kinds_in_force(scope, file.reading.columns)
    found = receive(
        scope,
        file.name,
        file.reading,
        file.pieces,
        size_bytes=file.size_bytes,
        is_dry=file.is_dry,
    )
    return HttpResponse(
        status=201, headers={"Location": reverse("explorer:import", args=[found.id])}
    )


def _preview(file: Sent, columns: Columns) -> Preview:
    if file.size_bytes > PREVIEW_BYTES:
        detail = f"Send the first {PREVIEW_BYTES:,} bytes of the file."
        raise InvalidUpload(FieldError("body", "invalid_type", detail))
    reading = file.reading
    try:
        return preview(
            b"".join(file.pieces),
            name=file.name,
            format=reading.format,
            compression=reading.compression,
            columns=columns,
            form=reading.form,
        )
    except Unreadable as error:
        return Preview(problem=str(error))
