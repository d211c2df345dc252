"""One import, how far it is, and what came of it; and the list of all."""

from collections.abc import Mapping
from dataclasses import dataclass

from django.http import FileResponse, HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import redirect

from reunite.conf import reunite_settings
from reunite.core.access.callers import KeyScope
from reunite.core.imports.states import ImportState
from reunite.core.scope import Scope
from reunite.explorer.http.page import answer, is_fragment, page
from reunite.explorer.http.query import number_in
from reunite.explorer.imports.exports import TABLES
from reunite.explorer.imports.words import on_a_page
from reunite.extra import has_extra
from reunite.services.imports.dry_runs import is_kept, start
from reunite.services.imports.progress import list_latest_imports, show
from reunite.services.imports.uploads import cancel, refused_rows

PAGE_LENGTH = 50


@dataclass(frozen=True, slots=True)
class Reason:
    """Why rows were refused or taken without a value, in words, and how many."""

    words: str
    rows: int


@page(needs=(KeyScope.IMPORT, KeyScope.READ))
def index(request: HttpRequest, scope: Scope) -> HttpResponse:
    """All imports, the latest first, and the form for another one."""
    found = list_latest_imports(scope, before=number_in(request, "before"), limit=PAGE_LENGTH + 1)
    told = {
        "place": "imports",
        "imports": found[:PAGE_LENGTH],
        "before": found[PAGE_LENGTH - 1].id if len(found) > PAGE_LENGTH else None,
        "can_import": has_extra(),
        "max_bytes": reunite_settings().IMPORT_MAX_BYTES,
        "exports": [(table, f"explorer:export-{table}") for table in TABLES],
    }
    return answer(request, "imports/imports", told)


@page(needs=(KeyScope.IMPORT, KeyScope.READ))
def show_one(request: HttpRequest, scope: Scope, id: int) -> HttpResponse:
    """An import; of one that is not finished, what changes is asked for again and again."""
    found = show(scope, id)
    is_over = not found.state.is_unfinished
    told = {
        "place": "imports",
        "import": found,
        "is_over": is_over,
        "is_told": found.is_dry and found.state is ImportState.DONE,
        "is_kept": is_kept(found),
        "notes": [on_a_page(each) for each in found.notes.splitlines()],
        "reason": on_a_page(found.reason),
        "refused": _reasons(found.refused_by_reason),
        "left_out": _reasons(found.left_out_by_reason),
        "has_list": found.state in (ImportState.DONE, ImportState.FAILED)
        and bool(found.refused_by_reason or found.left_out_by_reason),
    }
    part = "progress" if is_fragment(request) else "import"
    return answer(request, f"imports/{part}", told)


@page(needs=(KeyScope.IMPORT,), method="POST")
def begin(_request: HttpRequest, scope: Scope, id: int) -> HttpResponse:
    """Import the file of a dry run."""
    return redirect("explorer:import", start(scope, id).id)


@page(needs=(KeyScope.IMPORT,), method="POST")
def stop(_request: HttpRequest, scope: Scope, id: int) -> HttpResponse:
    """Cancel it."""
    return redirect("explorer:import", cancel(scope, id).id)


@page(needs=(KeyScope.IMPORT, KeyScope.READ))
def refused(_request: HttpRequest, scope: Scope, id: int) -> HttpResponseBase:
    """The list of refused rows, to be saved."""
    rows = refused_rows(scope, id)
    return FileResponse(rows, as_attachment=True, filename=f"refused-{id}.csv")


def _reasons(counts: Mapping[str, int]) -> list[Reason]:
    return [Reason(reason.replace("_", " "), rows) for reason, rows in counts.items()]
