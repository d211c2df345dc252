"""The OpenAPI document, and the page that shows it."""

import threading
from functools import cache
from typing import Any

import orjson
from django.http import HttpRequest, HttpResponse
from drf_spectacular.generators import SchemaGenerator
from drf_spectacular.views import SpectacularSwaggerSplitView
from rest_framework.views import APIView

from reunite.api.http.guard import Guarded
from reunite.api.http.json import JSONView
from reunite.api.http.operation import OTHER, SECURITY, operation
from reunite.core.access.callers import PUBLIC
from reunite.core.payloads import definitions

SCHEMAS = "#/components/schemas/"
"""Where the schemas of the document refer to each other."""

_KEYS = {
    "type": "http",
    "scheme": "bearer",
    "description": (
        "A key, `ru_…`. It says the workspace, and needs one of the scopes that the operation "
        "names, or `admin`. A server on a loopback address asks for none while it has no key."
    ),
}

_making = threading.Lock()


def document() -> dict[str, Any]:
    """The OpenAPI 3.1 document; made once, since the views do not change while a process lives."""
    with _making:  # The generator fails when two threads use it at once.
        return _made()


@cache
def _made() -> dict[str, Any]:
    generator = SchemaGenerator()  # type: ignore[no-untyped-call]  # drf-spectacular has no types here
    schema: dict[str, Any] = generator.get_schema(request=None, public=True)  # type: ignore[no-untyped-call]
    schemas = schema["components"]["schemas"] | definitions(SCHEMAS)
    schema["components"]["schemas"] = dict(sorted(schemas.items()))
    schema["components"]["securitySchemes"] = {SECURITY: _KEYS}
    for operations in schema["paths"].values():
        for described in operations.values():
            described.setdefault("security", [])
    return schema


def document_bytes() -> bytes:
    """The document as it is served and kept in docs/reference/openapi.json."""
    return orjson.dumps(document(), option=orjson.OPT_INDENT_2 | orjson.OPT_APPEND_NEWLINE)


class OpenAPIView(JSONView):
    """The document, which does not describe itself."""

    @operation(OTHER, "", tag="operation", needs=PUBLIC, answer={}, exclude=True)
    def get(self, request: HttpRequest) -> HttpResponse:
        """Show it."""
        return HttpResponse(
            document_bytes(),
            content_type="application/vnd.oai.openapi+json",
            headers={"Cache-Control": "no-cache"},
        )


class DocsView(Guarded, SpectacularSwaggerSplitView):
    """Swagger's page, from files that ship with Reunite: it asks no outside address."""

    url_name = "openapi"
    authentication_classes = APIView.authentication_classes
    permission_classes = APIView.permission_classes
    # All else than the page is answered as everywhere.
    options = JSONView.options
    get_exception_handler = JSONView.get_exception_handler
    raise_uncaught_exception = JSONView.raise_uncaught_exception
