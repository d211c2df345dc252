"""Choosing a file: what its columns are read as, and sending it."""

from django.http import HttpRequest, HttpResponse
from django.urls import reverse

from reunite.core.access.callers import KeyScope
from reunite.core.errors import FieldError, InvalidUpload
from reunite.core.imports.files import FORMATS, Unreadable
from reunite.core.imports.records.preview import PREVIEW_BYTES, Preview, preview
from reunite.core.scope import Scope
from reunite.explorer.http.page import answer, page
from reunite.explorer.imports.sent import Sent, sent
from reunite.explorer.imports.words import FIELDS, on_a_page
from reunite.services.imports.uploads import receive


@page(needs=(KeyScope.IMPORT,), method="POST")
def look(request: HttpRequest, _scope: Scope) -> HttpResponse:
    """Preview the beginning of a file; nothing of it is kept."""
    file = sent(request)
    found = _preview(file)
    told = {
        "file": file,
        "preview": found,
        "fields": FIELDS,
        "formats": FORMATS,
        "chosen_format": file.chosen_format,
        "notes": [on_a_page(each) for each in found.notes],
        "problem": found.problem and on_a_page(found.problem),
        "rows": list(zip(*(each.cells for each in found.columns), strict=True)),
    }
    return answer(request, "imports/preview", told)


@page(needs=(KeyScope.IMPORT,), method="POST")
def send(request: HttpRequest, scope: Scope) -> HttpResponse:
    """Keep a file for a worker; where its import is seen."""
    file = sent(request)
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


def _preview(file: Sent) -> Preview:
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
            columns=reading.columns,
            form=reading.form,
        )
    except Unreadable as error:
        return Preview(problem=str(error))
