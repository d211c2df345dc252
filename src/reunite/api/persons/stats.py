"""Counts of what guards stopped."""

from typing import Any

from django.http import HttpRequest, HttpResponse
from rest_framework import serializers

from reunite.api.http.json import JSONView, answer
from reunite.api.http.operation import operation
from reunite.api.http.scope import scope_of
from reunite.core.access.callers import KeyScope
from reunite.core.identify.plan import HoldReason
from reunite.core.repair.regroup import LinkState
from reunite.services.persons.statistics import guard_statistics

ORIGINS = ("operator", "guard")


def _counts(names: object) -> serializers.DictField:
    return serializers.DictField(child=serializers.IntegerField(), help_text=f"By {names}.")


class StatsAnswer(serializers.Serializer[Any]):
    """Counts; a name without any is 0."""

    links = _counts("state")
    stopped = _counts("reason: merges that guards ever stopped, with all later decisions")
    retired = _counts("origin")
    separations = serializers.IntegerField()
    suspicious = serializers.IntegerField(help_text="Persons that ever became suspicious.")


class StatsView(JSONView):
    """The counts of guards."""

    @operation(
        "stats",
        "Count what guards stopped, and what waits for review",
        needs=(KeyScope.READ,),
        tag="operation",
        answer=(StatsAnswer, "The counts."),
    )
    def get(self, request: HttpRequest) -> HttpResponse:
        """Count."""
        found = guard_statistics(scope_of(request.META))
        return answer(
            {
                "links": {s.value: found.links.get(s.value, 0) for s in LinkState},
                "stopped": {r.value: found.stopped.get(r.value, 0) for r in HoldReason},
                "retired": {origin: found.retired.get(origin, 0) for origin in ORIGINS},
                "separations": found.separations,
                "suspicious": found.suspicious,
            }
        )
