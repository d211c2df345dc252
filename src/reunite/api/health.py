"""The endpoints that say whether the service is alive and ready."""

from django.http import HttpRequest, HttpResponse

from reunite.api.http.json import JSONView, answer
from reunite.api.http.operation import operation
from reunite.core.access.callers import PUBLIC
from reunite.services.health import require_serving


class LivenessView(JSONView):
    """Is the process alive?"""

    @operation(
        "healthz",
        "Is the process alive?",
        needs=PUBLIC,
        tag="operation",
        answer=({"type": "object"}, "The process is alive."),
    )
    def get(self, request: HttpRequest) -> HttpResponse:
        """Alive, even if the database is not."""
        return answer({"status": "ok"})


class ReadinessView(JSONView):
    """Can requests be served?"""

    @operation(
        "readyz",
        "Can requests be served?",
        needs=PUBLIC,
        tag="operation",
        answer=({"type": "object"}, "The server can serve requests."),
        problems=((503, "The database is away, not migrated, full or read-only."),),
    )
    def get(self, request: HttpRequest) -> HttpResponse:
        """Ready when the database answers, is migrated and takes writes."""
        require_serving()
        return answer({"status": "ok"})
