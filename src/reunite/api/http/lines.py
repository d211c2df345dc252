"""Answers as lines: a JSON object each, for clients that would rather have them."""

from collections.abc import Iterable, Mapping, Sequence

import orjson
from django.http import HttpRequest, HttpResponse

LINES = "application/x-ndjson"
_JSON = "application/json"
_UTF_8 = "; charset=utf-8"


def preferred(request: HttpRequest, media_types: Sequence[str]) -> str | None:
    """Which of the media types the client would rather have (RFC 9110, 12.5.1); None for none.

    Of two that it likes as much, the first one. All are in UTF-8, whether the client says so.
    """
    found = request.get_preferred_type([*media_types, *(each + _UTF_8 for each in media_types)])
    return found and found.removesuffix(_UTF_8)


def wants_lines(request: HttpRequest) -> bool:
    """Whether the client would rather have lines than one JSON object."""
    return preferred(request, [_JSON, LINES]) == LINES


def lines_answer(objects: Iterable[Mapping[str, object]], **headers: str) -> HttpResponse:
    """The objects, each in a line of its own; an underscore in a header's name is a hyphen."""
    names = {name.replace("_", "-"): value for name, value in headers.items()}
    option = orjson.OPT_UTC_Z | orjson.OPT_APPEND_NEWLINE
    body = b"".join(orjson.dumps(each, option=option) for each in objects)
    return HttpResponse(body, content_type=LINES, headers=names)
