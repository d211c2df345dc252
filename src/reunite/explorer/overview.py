"""The page to begin at."""

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render

from reunite.core.access.callers import KeyScope
from reunite.core.scope import Scope
from reunite.explorer.http.page import page


@page(needs=(KeyScope.READ,))
def home(request: HttpRequest, scope: Scope) -> HttpResponse:
    """The search."""
    return render(request, "reunite_explorer/home.html")
