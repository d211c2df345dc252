"""The one way in and out: JSON by orjson."""

from typing import Any

import orjson
from django.http import HttpRequest, HttpResponse, UnreadablePostError
from rest_framework.exceptions import ParseError, UnsupportedMediaType
from rest_framework.parsers import JSONParser
from rest_framework.views import APIView

from reunite.api.errors import LengthRequired, exception_handler


class JSONView(APIView):
    """A view that reads and answers JSON, without what DRF would look up for every request.

    There is nobody to authenticate or throttle and nothing to negotiate, so a handler gets Django's
    own request, and reads it by ``body`` and ``query``. DRF's would bring nothing more; view and
    request would hold each other, and stay until the garbage collector comes.
    """

    authentication_classes = ()
    permission_classes = ()
    parser_classes = (JSONParser,)  # For the documentation: ``body`` is the parser.
    metadata_class = None
    default_response_headers: dict[str, str] = {}  # A property of APIView, computed anew each time.

    def initialize_request(self, request: HttpRequest, *args: Any, **kwargs: Any) -> Any:
        """Django's own."""
        return request

    def initial(self, request: Any, *args: Any, **kwargs: Any) -> None:
        """Refuse a body whose length is not known: WSGI would show it as empty."""
        if "HTTP_TRANSFER_ENCODING" in request.META:
            raise LengthRequired

    def get_exception_handler(self) -> Any:
        """Problems, whatever a project's own views answer."""
        return exception_handler

    def raise_uncaught_exception(self, exc: Exception) -> Any:
        """For Django to answer and to log; DRF would look for a renderer before."""
        raise exc


def body(request: HttpRequest) -> Any:
    """The value of the JSON in the body, or an empty object where there is no body.

    Refuses what is not RFC 8259 JSON, lone surrogates, and over 1,024 levels of nesting. Raises
    UnsupportedMediaType (415), RequestDataTooBig (413), UnreadablePostError or ParseError (400).
    """
    announced = length_bytes(request)
    if not announced:
        return {}
    if request.content_type != JSONParser.media_type:
        raise UnsupportedMediaType(request.content_type or "")
    content = request.body
    if len(content) < announced:
        raise UnreadablePostError
    try:
        return orjson.loads(content)
    except orjson.JSONDecodeError as error:
        raise ParseError(f"Not JSON ({error}): send an object in UTF-8.") from error


def length_bytes(request: HttpRequest) -> int | None:
    """The length of the body as announced; None if it is not."""
    announced = request.META.get("CONTENT_LENGTH") or ""
    return int(announced) if announced.isdecimal() else None


def query(request: HttpRequest) -> dict[str, Any]:
    """The parameters of the address; a list, which no field takes, where one is given twice."""
    given = request.GET.lists()
    return {name: values[0] if len(values) == 1 else values for name, values in given}


def answer(data: object, *, status: int = 200, **headers: str) -> HttpResponse:
    """The JSON of ``data``; an underscore in a header's name stands for a hyphen."""
    names = {name.replace("_", "-"): value for name, value in headers.items()}
    body = orjson.dumps(data, option=orjson.OPT_UTC_Z)
    return HttpResponse(body, status=status, content_type="application/json", headers=names)
