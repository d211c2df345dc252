"""The one way in and out: JSON by orjson."""

from collections.abc import Mapping
from typing import Any

import orjson
from django.http import HttpRequest, HttpResponse, UnreadablePostError
from rest_framework.exceptions import ParseError
from rest_framework.negotiation import BaseContentNegotiation
from rest_framework.parsers import BaseParser
from rest_framework.request import Request
from rest_framework.views import APIView

from reunite.api.errors import LengthRequired, exception_handler


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
        # The body, since reading the stream would pass by DATA_UPLOAD_MAX_MEMORY_SIZE.
        body = stream.body
        if len(body) < int(stream.META["CONTENT_LENGTH"]):
            raise UnreadablePostError
        try:
            return orjson.loads(body)
        except orjson.JSONDecodeError as error:
            raise ParseError(f"Not JSON ({error}): send an object in UTF-8.") from error


class OneParser(BaseContentNegotiation):
    """The parser by the request's media type; answers are JSON whatever the Accept header says."""

    def select_parser(self, request: Any, parsers: Any) -> Any:
        """The parser whose media type is the request's, None for a 415."""
        content_type = (request.content_type or "").partition(";")[0].strip().lower()
        return next((p for p in parsers if p.media_type == content_type), None)


class JSONView(APIView):
    """A view that reads and answers JSON, without what DRF would look up for every request.

    There is nobody to authenticate or throttle and nothing to negotiate, so
    ``initial`` does none of it.
    """

    authentication_classes = ()
    permission_classes = ()
    parser_classes = (JSONParser,)
    content_negotiation_class = OneParser
    metadata_class = None
    default_response_headers: dict[str, str] = {}  # A property of APIView, computed anew each time.

    def initialize_request(self, request: HttpRequest, *args: Any, **kwargs: Any) -> Request:
        """DRF's request without a context for parsers; ours read none.

        By it view and request would hold each other, and all that a request and its answer consist
        of would stay until the garbage collector comes.
        """
        asked = super().initialize_request(request, *args, **kwargs)
        asked.parser_context.clear()
        return asked

    def initial(self, request: Request, *args: Any, **kwargs: Any) -> None:
        """Refuse a body whose length is not known: WSGI would show it as empty."""
        if "HTTP_TRANSFER_ENCODING" in request.META:
            raise LengthRequired

    def get_exception_handler(self) -> Any:
        """Problems, whatever a project's own views answer."""
        return exception_handler


def query(request: Request) -> dict[str, Any]:
    """The parameters of the address; a list, which no field takes, where one is given twice."""
    given = request.query_params.lists()
    return {name: values[0] if len(values) == 1 else values for name, values in given}


def answer(data: object, *, status: int = 200, **headers: str) -> HttpResponse:
    """The JSON of ``data``; an underscore in a header's name stands for a hyphen."""
    names = {name.replace("_", "-"): value for name, value in headers.items()}
    body = orjson.dumps(data, option=orjson.OPT_UTC_Z)
    return HttpResponse(body, status=status, content_type="application/json", headers=names)
