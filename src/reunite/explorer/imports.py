"""Import files: send one, see how far it is, which rows were refused and why, cancel it."""

from typing import Any

from django.http import FileResponse, HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import redirect

from reunite.core.access.callers import KeyScope
from reunite.core.errors import FieldError, InvalidRequest
from reunite.core.imports.files import Columns, Form
from reunite.core.scope import Scope
from reunite.explorer.http.page import answer, is_fragment, page
from reunite.explorer.http.query import number
from reunite.extra import has_extra
from reunite.services.imports.progress import list_imports
from reunite.services.imports.progress import show as show_import
from reunite.services.imports.uploads import cancel, how_to_read, receive, refused_rows

_PAGE_LENGTH = 1_000
_MAX_PAGES = 10
_MAX_LISTED = 50
_MAX_SKIPPED_LINES = 10_000
_NAME_MAX_LENGTH = 255


@page(needs=(KeyScope.IMPORT, KeyScope.READ))
def show(request: HttpRequest, scope: Scope) -> HttpResponse:
    """The form, and the latest imports, the last one first."""
    found: list[Any] = []
    after = 0
    for _ in range(_MAX_PAGES):
        listed = list_imports(scope, after=after, limit=_PAGE_LENGTH)
        found = [*found, *listed][-_MAX_LISTED:]
        if len(listed) < _PAGE_LENGTH:
            break
        after = listed[-1].id
    told = {"place": "imports", "imports": found[::-1], "can_read_files": has_extra()}
    return answer(request, "imports/imports", told)


@page(needs=(KeyScope.IMPORT,), method="POST")
def send(request: HttpRequest, scope: Scope) -> HttpResponse:
    """Keep a file for a worker to import, and show how far it is."""
    file = request.FILES.get("file")
    if file is None:
        raise InvalidRequest(FieldError("file", "required", "Choose a file first."))
    name = str(file.name)
    reading = how_to_read(name, columns=_columns(request), form=_form(request))
    found = receive(scope, name, reading, file.chunks(), size_bytes=int(file.size or 0))
    return redirect("explorer:import", found.id)


@page(needs=(KeyScope.IMPORT, KeyScope.READ))
def one(request: HttpRequest, scope: Scope, id: int) -> HttpResponse:
    """How far an import is; the page asks again by itself while it goes on."""
    told = {"place": "imports", "found": show_import(scope, id)}
    return answer(request, f"imports/{'progress' if is_fragment(request) else 'import'}", told)


@page(needs=(KeyScope.IMPORT,), method="POST")
def end(request: HttpRequest, scope: Scope, id: int) -> HttpResponse:
    """Cancel an import; what it wrote by then stays."""
    cancel(scope, id)
    return redirect("explorer:import", id)


@page(needs=(KeyScope.IMPORT, KeyScope.READ))
def refused(request: HttpRequest, scope: Scope, id: int) -> HttpResponseBase:
    """The rows that were refused, with the reasons and no values, as a file."""
    file = refused_rows(scope, id)
    return FileResponse(file, content_type="text/csv", filename=f"refused-{id}.csv")


def _columns(request: HttpRequest) -> Columns:
    email, phone = (_text(request, name) for name in ("email", "phone"))
    return Columns(
        (email,) if email else (),
        (phone,) if phone else (),
        _text(request, "createdAt"),
        _text(request, "externalId"),
        _text(request, "source"),
    )


def _form(request: HttpRequest) -> Form:
    lines = number(request.POST.get("skipLines") or "0", "skipLines")
    return Form(
        min(lines, _MAX_SKIPPED_LINES),
        _text(request, "encoding"),
        _text(request, "dateFormat"),
        has_times=request.POST.get("noCreatedAt") != "on",
    )


def _text(request: HttpRequest, name: str) -> str | None:
    return request.POST.get(name, "")[:_NAME_MAX_LENGTH] or None
