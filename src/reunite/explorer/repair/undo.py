"""Undo a repair."""

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import reverse

from reunite.core.access.callers import KeyScope
from reunite.core.scope import Scope
from reunite.explorer.http.page import page
from reunite.explorer.notices import told
from reunite.services.repair.undo import undo


@page(needs=(KeyScope.REPAIR,), method="POST")
def take_back(request: HttpRequest, scope: Scope, id: int) -> HttpResponse:
    """Undo it, and show the review or the oldest person that results."""
    persons = undo(scope, id).persons
    if request.POST.get("back") == "review" or not persons:
        address = reverse("explorer:review")
    else:
        address = reverse("explorer:person", args=[persons[0].id])
    return redirect(f"{address}?{told('undone')}")
