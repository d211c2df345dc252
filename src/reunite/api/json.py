"""The one way in and out: JSON by orjson."""

from collections.abc import Mapping
from typing import Any

import orjson
from rest_framework.exceptions import ParseError
from rest_framework.negotiation import BaseContentNegotiation
from rest_framework.parsers import BaseParser
from rest_framework.renderers import BaseRenderer


class JSONParser(BaseParser):
    """Refuses what is not RFC 8259 JSON, lone surrogates, and over 1,024 levels of nesting."""

    media_type = "application/json"

    def parse(
        self,
        stream: Any,
        media_type: str | None = None,
        parser_context: Mapping[str, Any] | None = None,
    ) -> Any:
        """The value in the body; raises ParseError (400), or RequestDataTooBig (413)."""
        try:
            # The body, since reading the stream would pass by DATA_UPLOAD_MAX_MEMORY_SIZE.
            return orjson.loads(stream.body)
        except orjson.JSONDecodeError as error:
            raise ParseError(f"Not JSON ({error}): send an object in UTF-8.") from error


class JSONRenderer(BaseRenderer):
    """Compact UTF-8."""

    media_type = "application/json"
    format = "json"
    charset = None
    render_style = "binary"

    def render(
        self,
        data: Any,
        accepted_media_type: str | None = None,
        renderer_context: Mapping[str, Any] | None = None,
    ) -> bytes:
        """The bytes of the body; none for None."""
        return b"" if data is None else orjson.dumps(data)


class AlwaysJSON(BaseContentNegotiation):
    """JSON whatever the Accept header says; there is nothing else to negotiate."""

    def select_parser(self, request: Any, parsers: Any) -> Any:
        """The parser whose media type is the request's, None for a 415."""
        content_type = (request.content_type or "").partition(";")[0].strip().lower()
        return next((p for p in parsers if p.media_type == content_type), None)

    def select_renderer(self, request: Any, renderers: Any, format_suffix: Any = None) -> Any:
        """The first renderer of the view."""
        return renderers[0], renderers[0].media_type
