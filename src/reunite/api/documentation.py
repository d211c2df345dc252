"""The OpenAPI document, and the page that shows it."""

from functools import cache
from typing import Any

import orjson
from django.http import HttpRequest, HttpResponse
from django.views.decorators.http import require_safe
from drf_spectacular.generators import SchemaGenerator
from drf_spectacular.views import SpectacularSwaggerSplitView


@cache
def document() -> dict[str, Any]:
    """The OpenAPI 3.1 document; made once, since the views do not change while a process lives."""
    generator = SchemaGenerator()  # type: ignore[no-untyped-call]  # drf-spectacular has no types here
    schema: dict[str, Any] = generator.get_schema(request=None, public=True)  # type: ignore[no-untyped-call]
    return schema


def document_bytes() -> bytes:
    """The document as it is served and kept in docs/reference/openapi.json."""
    return orjson.dumps(document(), option=orjson.OPT_INDENT_2 | orjson.OPT_APPEND_NEWLINE)


@require_safe
def openapi(request: HttpRequest) -> HttpResponse:
    """The document."""
    return HttpResponse(document_bytes(), content_type="application/vnd.oai.openapi+json")


class DocsView(SpectacularSwaggerSplitView):
    """Swagger's page, from files that ship with Reunite: it asks no outside address."""

    url_name = "openapi"
