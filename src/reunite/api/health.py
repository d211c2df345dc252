"""The endpoints that say whether the service is alive and ready."""

from django.http import HttpRequest, HttpResponse
from drf_spectacular.utils import OpenApiResponse

from reunite.api.http.errors import PROBLEM_CONTENT_TYPE
from reunite.api.http.json import JSONView, answer
from reunite.api.http.operation import operation
from reunite.api.http.problems import problem
from reunite.core.access.callers import PUBLIC
from reunite.services.health import require_serving


class LivenessView(JSONView):
    """Is the process alive?"""

    @operation(
        needs=PUBLIC,
        operation_id="healthz",
        tags=["operation"],
        summary="Is the process alive?",
        responses={200: OpenApiResponse({"type": "object"}, description="The process is alive.")},
    )
    def get(self, request: HttpRequest) -> HttpResponse:
        """Alive, whatever the database does."""
        return answer({"status": "ok"})


class ReadinessView(JSONView):
    """Can requests be served?"""

    @operation(
        needs=PUBLIC,
        operation_id="readyz",
        tags=["operation"],
        summary="Can requests be served?",
        responses={
            200: OpenApiResponse({"type": "object"}, description="The server can serve requests."),
            (503, PROBLEM_CONTENT_TYPE): problem(
                "The database is away, not migrated, full or read-only."
            ),
        },
    )
    def get(self, request: HttpRequest) -> HttpResponse:
        """Ready when the database answers, is migrated and takes writes."""
        require_serving()
        return answer({"status": "ok"})
