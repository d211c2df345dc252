"""Answers as lines: a JSON object each, for clients that ask for them."""

from collections.abc import Iterable, Mapping

import orjson
from django.http import HttpRequest, HttpResponse

LINES = "application/x-ndjson"


def wants_lines(request: HttpRequest) -> bool:
    """Whether the client names lines among what it accepts."""
    return LINES in request.META.get("HTTP_ACCEPT", "")


def lines_answer(objects: Iterable[Mapping[str, object]]) -> HttpResponse:
    """The objects, each in a line of its own."""
    option = orjson.OPT_UTC_Z | orjson.OPT_APPEND_NEWLINE
    body = b"".join(orjson.dumps(each, option=option) for each in objects)
    return HttpResponse(body, content_type=LINES)
