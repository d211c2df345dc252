"""The one way in and out: JSON by orjson."""

from collections.abc import Mapping
from typing import Any, NamedTuple

import orjson
from django.http import HttpRequest, HttpResponse, UnreadablePostError
from rest_framework.exceptions import NotAcceptable, ParseError, UnsupportedMediaType
from rest_framework.parsers import JSONParser
from rest_framework.renderers import JSONRenderer

from reunite.api.http.access import let_in
from reunite.api.http.errors import (
    BodyMissing,
    LengthRequired,
    UnsupportedCharset,
    UnsupportedEncoding,
    UnsupportedFileType,
    exception_handler,
)
from reunite.api.http.guard import Guarded
from reunite.api.http.lines import preferred
from reunite.api.http.operation import JSON, OPERATION, Takes
from reunite.api.http.origin import require_own_page
from reunite.core.errors import FieldError, InvalidRequest
from reunite.core.repeated_keys import repeated_keys
from reunite.core.spelling import near
from reunite.uploaded import FAILED, length_bytes

# So many unknown parameters are named, and so much of each.
_NAMED, _NAME_LENGTH = 20, 64
_ONCE = "Given more than once: send it once."


class JSONView(Guarded):
    """A view that reads and answers JSON, and takes what its operations say and nothing else.

    Its handlers are operations (``reunite.api.http.operation``). They get Django's own request,
    and read it by ``body`` and ``query``: DRF's would bring nothing more; view and request would
    hold each other, and stay until the garbage collector comes. Only where a project's settings
    ask who is there, DRF's request is made, for the asking.
    """

    asks = False
    parser_classes = (JSONParser,)  # For the documentation: ``body`` is the parser.
    renderer_classes = (JSONRenderer,)  # Likewise: ``answer`` is the renderer.
    metadata_class = None
    default_response_headers: dict[str, str] = {}  # A property of APIView, computed anew each time.

    @classmethod
    def as_view(cls, **initkwargs: Any) -> Any:
        """Decide once whether the project's classes must be asked."""
        return super().as_view(asks=cls.asks_anything(), **initkwargs)

    def initialize_request(self, request: HttpRequest, *args: Any, **kwargs: Any) -> Any:
        """Django's own request."""
        return request

    def initial(self, request: Any, *args: Any, **kwargs: Any) -> None:
        """Refuse clients that may not come in, and requests that the operation cannot take."""
        require_complete(request.META)
        if self.asks:
            self._ask(request, *args, **kwargs)
        takes: Takes | None = getattr(getattr(self, request.method.lower(), None), "takes", None)
        if takes is None:
            return  # 405 or OPTIONS: the answer names the methods.
        request.META[OPERATION] = takes.name
        let_in(request.META, takes.needs)
        if takes.needs:  # Load balancers send any parameters and headers to the health checks.
            if request.META.get("QUERY_STRING"):
                _require_known(request, takes)
            _require_acceptable(request, takes)
        if takes.writes:
            require_own_page(request)
            _require_type(request, takes)
            if takes.needs_body and JSON in takes.media_types and not length_bytes(request):
                raise BodyMissing

    def options(self, request: Any, *args: Any, **kwargs: Any) -> Any:
        """The methods of the address; no permission for other origins."""
        return HttpResponse(status=204, headers={"Allow": ", ".join(self.allowed_methods)})

    def perform_content_negotiation(self, request: Any, force: bool = False) -> Any:
        """JSON, even if the client prefers another type."""
        return super().perform_content_negotiation(request, force=True)

    def get_exception_handler(self) -> Any:
        """Problems, also in projects whose own views answer otherwise."""
        return exception_handler

    def raise_uncaught_exception(self, exc: Exception) -> Any:
        """Let Django answer and log the error; DRF would look for a renderer first."""
        raise exc

    def _ask(self, request: HttpRequest, *args: Any, **kwargs: Any) -> None:
        """Let the project's classes decide, as in any view of DRF."""
        self.request = super().initialize_request(request, *args, **kwargs)
        super().initial(self.request, *args, **kwargs)


def require_complete(environ: Mapping[str, Any]) -> None:
    """Raise what the server found, and LengthRequired for a body that came in chunks.

    The first check of each request, on both routes. ``environ`` is the one of WSGI.
    """
    if failed := environ.get(FAILED):
        raise failed
    if "HTTP_TRANSFER_ENCODING" in environ:
        raise LengthRequired  # WSGI would show the body as empty.


def body(request: HttpRequest) -> Any:
    """The value of the JSON in the body.

    Refuses what is not RFC 8259 JSON, lone surrogates, over 1,024 levels of nesting, and keys that
    come twice. An empty body is refused, too: its missing fields would be read as decisions.
    Raises RequestDataTooBig (413), BodyMissing, UnreadablePostError, ParseError or InvalidRequest
    (400).
    """
    announced = length_bytes(request)
    if not announced:
        raise BodyMissing
    content = request.body
    if len(content) < announced:
        raise UnreadablePostError
    return parsed(content)


def parsed(content: bytes) -> Any:
    """The value of JSON, as ``body`` reads it; raises ParseError, or InvalidRequest."""
    try:
        value = orjson.loads(content)
    except orjson.JSONDecodeError as error:
        reason = error if _is_utf_8(content) else "its text is in another encoding than UTF-8"
        raise ParseError(f"Not JSON ({reason}): send an object in UTF-8.") from error
    if _may_repeat_keys(content, value) and (repeated := repeated_keys(content.decode())):
        raise InvalidRequest(*repeated)
    return value


def _is_utf_8(content: bytes) -> bool:
    try:
        content.decode()
    except UnicodeDecodeError:
        return False
    return True


def _may_repeat_keys(content: bytes, value: Any) -> bool:
    """Whether an object in the JSON may have a key twice; quickly false where none has.

    Each key has a colon. The parser drops what comes twice, and with it at least a colon.
    """
    colons = content.count(b":")
    if not colons or (type(value) is dict and len(value) == colons):
        return False
    try:
        # A colon that is escaped in the content is none here.
        kept = orjson.dumps(value).count(b":")
    except TypeError:
        return True  # It is nested more deeply than orjson writes.
    return kept != colons or b"\\u003a" in content or b"\\u003A" in content


def query(request: HttpRequest) -> dict[str, Any]:
    """The parameters of the address; one that is given several times is a list of its values."""
    return {name: values if len(values) > 1 else values[0] for name, values in request.GET.lists()}


class Written(NamedTuple):
    """An answer as it is sent; the short way in front of Django needs no response around it."""

    content: bytes
    headers: dict[str, str]

    def response(self, status: int = 200) -> HttpResponse:
        """What Django sends."""
        return HttpResponse(self.content, status=status, headers=self.headers)


def written(data: object, **headers: str) -> Written:
    """The JSON of ``data``; an underscore in a header's name stands for a hyphen."""
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    content = orjson.dumps(data, option=orjson.OPT_UTC_Z)
    return Written(content, {"Content-Type": JSON, **named})


def answer(data: object, *, status: int = 200, **headers: str) -> HttpResponse:
    """A response with the JSON of ``data``; headers as in ``written``."""
    return written(data, **headers).response(status)


def _require_known(request: HttpRequest, takes: Takes) -> None:
    """Refuse parameters that the operation does not have, or that come twice.

    They would be ignored silently.
    """
    unknown = sorted(request.GET.keys() - takes.parameters)
    if unknown:
        hint = f"Send none but {_listed(takes.parameters)}." if takes.parameters else "Send none."
        raise InvalidRequest(
            *(
                FieldError(each[:_NAME_LENGTH], "unknown_field", _meant(each, takes) + hint)
                for each in unknown[:_NAMED]
            )
        )

    several = {name for name, values in request.GET.lists() if len(values) > 1}
    if repeated := sorted(several - takes.repeatable):
        raise InvalidRequest(*(FieldError(each, "repeated_parameter", _ONCE) for each in repeated))


def _require_acceptable(request: HttpRequest, takes: Takes) -> None:
    """Refuse a client that accepts no form in which the operation answers."""
    accepted = request.META.get("HTTP_ACCEPT", "").strip()
    if accepted and preferred(request, takes.answers) is None:
        raise NotAcceptable(f"Accept {' or '.join(takes.answers)}, or send no Accept.")


def _meant(name: str, takes: Takes) -> str:
    meant = near(name, takes.parameters)
    return f"Did you mean {meant}? " if meant else ""


def _listed(names: frozenset[str]) -> str:
    return ", ".join(sorted(names))


def _require_type(request: HttpRequest, takes: Takes) -> None:
    """Refuse a body of another type, an empty one, too: pages of other sites can send that."""
    given = request.META.get("CONTENT_TYPE", "")
    if given == JSON and JSON in takes.media_types and "HTTP_CONTENT_ENCODING" not in request.META:
        return
    # A DELETE is never sent for other sites without asking first, and needs no body.
    if not (request.method == "DELETE" and not given and not length_bytes(request)):
        if request.content_type not in takes.media_types:
            raise UnsupportedMediaType(given) if JSON in takes.media_types else UnsupportedFileType
        if (request.content_params or {}).get("charset", "utf-8").lower() != "utf-8":
            raise UnsupportedCharset
    if request.META.get("HTTP_CONTENT_ENCODING", "identity").lower() != "identity":
        raise UnsupportedEncoding
