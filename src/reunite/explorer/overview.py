"""The page to begin at: what waits, how many there are, and what to look at first."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect

from reunite.core.access.callers import KeyScope
from reunite.core.identifiers.kinds import Kind
from reunite.core.scope import Scope
from reunite.explorer.figures import Kept
from reunite.explorer.growth import growth_of
from reunite.explorer.http.page import answer, is_fragment, may, page
from reunite.explorer.notices import notice_of
from reunite.explorer.persons.glance import kind_name
from reunite.services.example_shop import load_example_shop
from reunite.services.imports.first_load import is_empty
from reunite.services.imports.progress import list_latest_imports
from reunite.services.persons.find import recent
from reunite.services.persons.statistics import (
    Carried,
    by_month,
    guard_statistics,
    largest_persons,
    most_carried,
    person_statistics,
)
from reunite.services.webhooks.deliveries import list_told

MAX_LISTED = 10
MAX_IMPORTS = 3
_BAR_WIDTH = 240
_SIZES = ((1, 1), (2, 2), (3, 3), (4, 5), (6, 10), (11, 50), (51, None))
"""The first and the last size of each bar; None for all that are larger."""


@dataclass(frozen=True, slots=True)
class Bar:
    """How many persons have so many contacts; the width is in pixels."""

    sizes: str
    persons: int
    width: float


@dataclass(frozen=True, slots=True)
class Hub:
    """An identifier that many contacts carry, and its kind in words."""

    carried: Carried
    kind: str


@page(needs=(KeyScope.READ,))
def home(request: HttpRequest, scope: Scope) -> HttpResponse:
    """What waits for a decision; ``figures`` brings the rest. Nothing here reads all contacts."""
    found = guard_statistics(scope)
    told = {
        "place": "overview",
        "notice": notice_of(request, scope),
        "is_empty": is_empty(scope),
        "held": found.links.get("held", 0),
        "links": found.links.get("live", 0),
        "retired": sum(found.retired.values()),
        "separations": found.separations,
        "rejected": found.links.get("rejected", 0),
        "recent": recent(scope, limit=MAX_LISTED),
        "imports": list_latest_imports(scope, before=0, limit=MAX_IMPORTS),
        "webhooks": list_told(scope, limit=MAX_LISTED)
        if may(request)[KeyScope.ADMIN.value]
        else [],
    }
    return answer(request, "overview/home", told)


@page(needs=(KeyScope.READ,))
def figures(request: HttpRequest, scope: Scope) -> HttpResponse:
    """Persons by size and over time, the largest and suspicious ones, and hubs.

    Counting them reads every contact, so they are kept for a while.
    """
    found = kept.of(scope.workspace_id, lambda: _count(scope))
    told = {"place": "overview", "at": found.at, **found.counted, "kinds": list(Kind)}
    part = "figures" if is_fragment(request) else "figures_page"
    return answer(request, f"overview/{part}", told)


kept: Kept[Mapping[str, object]] = Kept()


def _count(scope: Scope) -> Mapping[str, object]:
    found = person_statistics(scope)
    hubs = most_carried(scope, limit=MAX_LISTED)
    return {
        "contacts": sum(size * count for size, count in found.sizes.items()),
        "persons": sum(found.sizes.values()),
        "bars": list(bars_of(found.sizes)),
        "growth": growth_of(by_month(scope)),
        "suspicious": found.suspicious,
        "suspicious_count": found.suspicious_count,
        "largest": largest_persons(scope, limit=MAX_LISTED),
        "hubs": [Hub(each, kind_name(each.identifier.kind)) for each in hubs],
    }


@page(needs=(KeyScope.ADMIN,), method="POST")
def example(request: HttpRequest, scope: Scope) -> HttpResponse:
    """Load the example shop into an empty workspace."""
    load_example_shop(scope)
    return redirect("explorer:home")


def bars_of(sizes: Mapping[int, int]) -> Iterator[Bar]:
    """The bars of the histogram, down to the last that has a person."""
    counts = [
        sum(count for size, count in sizes.items() if first <= size and (not last or size <= last))
        for first, last in _SIZES
    ]
    most = max(counts, default=0)
    for (first, last), count in zip(_SIZES, counts, strict=True):
        label = (
            str(first) if first == last else f"{first} to {last}" if last else f"{first} or more"
        )
        yield Bar(label, count, round(_BAR_WIDTH * count / most, 1) if most else 0)
