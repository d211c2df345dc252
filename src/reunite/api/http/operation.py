"""The declaration of an operation: the OpenAPI document and the checks of requests follow it."""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, TypeVar

from drf_spectacular.openapi import AutoSchema
from drf_spectacular.utils import OpenApiExample, OpenApiParameter, OpenApiResponse, extend_schema
from rest_framework.serializers import ListField, Serializer

from reunite.api.http.fields import Body
from reunite.api.http.problems import Status, problem_responses
from reunite.core.access.callers import Needs
from reunite.core.ids import MAX_ID

JSON = "application/json"
OTHER = "other"
"""The name of an operation that is not in the document."""
OPERATION = "reunite.operation"
"""The key of the operation's name in a request's environment."""
SECURITY = "key"
"""The name of the security scheme in the document."""
EMPTY_OBJECT: Mapping[str, Any] = {
    JSON: {"type": "object", "description": "Nothing: send {}.", "maxProperties": 0}
}
"""The body of an operation that needs no more than its address; browsers cannot forge its type."""

Parameter = OpenApiParameter | type[Serializer[Any]]
Handler = TypeVar("Handler", bound=Callable[..., Any])
Answer = tuple[Any, str]
"""The form of an answer, and the words that describe it."""
Example = tuple[str, object]
"""The name of an example, and its JSON."""

_ID = OpenApiParameter(
    "id", {"type": "integer", "minimum": 0, "maximum": MAX_ID}, OpenApiParameter.PATH
)
_REQUEST_ID = OpenApiParameter(
    "X-Request-Id",
    str,
    OpenApiParameter.HEADER,
    response=True,
    description="The id that the request had, or the id that the server gave it.",
)
_RETRY_AFTER = OpenApiParameter(
    "Retry-After",
    int,
    OpenApiParameter.HEADER,
    response=[429, 503],
    description="Seconds to wait before sending the request again.",
)


@dataclass(frozen=True, slots=True)
class Takes:
    """The parameters of the address that an operation knows, and the types of its body.

    ``writes`` is true of every method but GET: browsers must not send it for other sites.
    A key must have one of the scopes in ``needs``. ``answers`` are the media types of the answer,
    the usual one first. ``name`` is the operation's id in the document. ``repeatable`` are the
    parameters that may come several times.
    """

    name: str
    needs: Needs
    parameters: frozenset[str]
    media_types: tuple[str, ...]
    answers: tuple[str, ...]
    writes: bool
    needs_body: bool
    repeatable: frozenset[str]


def operation(
    name: str,
    summary: str,
    *,
    tag: str,
    needs: Needs,
    answer: Answer | Mapping[str, Answer],
    status: int = 200,
    problems: Iterable[Status] = (),
    parameters: Sequence[Parameter] = (),
    request: type[Body] | Mapping[str, Any] | None = None,
    example: Example | None = None,
    answer_example: Example | None = None,
    **documented: Any,
) -> Callable[[Handler], Handler]:
    """Document a handler, which is named like its method, and let it take only what is documented.

    The caller's key must have one of the scopes in ``needs``; PUBLIC asks for no key.
    ``request`` is a serializer for a JSON object, a dictionary by media type, or None for no body.
    ``answer`` is JSON, or a dictionary by media type, the usual one first. ``problems`` are the
    statuses that not every operation of its kind may answer, or that mean something of its own.
    Other arguments are those of ``extend_schema``.
    """
    media_types = tuple(request) if isinstance(request, Mapping) else (JSON,)
    answers = {JSON: answer} if isinstance(answer, tuple) else answer

    def decorate(handler: Handler) -> Handler:
        writes = handler.__name__ != "get"
        usual = {
            *(400, 503),
            *((403, 415) if writes else ()),
            *((401, 403, 406, 429) if needs else ()),
        }
        described: Any = handler
        described.takes = Takes(
            name,
            needs,
            _names(parameters),
            media_types,
            tuple(answers),
            writes,
            request is not None,
            _repeatable(parameters),
        )
        described.kwargs = {"schema": OperationSchema}  # Where extend_schema looks for a base.
        document = extend_schema(
            operation_id=name,
            summary=summary,
            tags=[tag],
            parameters=list(parameters),
            request=request,
            responses={
                **problem_responses(sorted(usual)),
                **{
                    (status, media_type): OpenApiResponse(form, description=words)
                    for media_type, (form, words) in answers.items()
                },
                **problem_responses(problems),
            },
            examples=[*_examples(example, answer_example, status)],
            **documented,
        )
        return document(handler)

    return decorate


def takes_of(handler: Any) -> Takes:
    """What an operation takes."""
    takes: Takes = handler.takes
    return takes


class OperationSchema(AutoSchema):
    """Adds the parts of the document that all operations share."""

    def get_auth(self) -> list[Any]:
        """The scopes that the operation needs; one of them is enough."""
        takes = takes_of(getattr(self.view, self.method.lower()))
        return [{SECURITY: [each.value]} for each in takes.needs]

    def get_override_parameters(self) -> list[Any]:
        """The id in the path, and the headers of answers."""
        path = [_ID] if "{id}" in self.path else []
        return [*path, _REQUEST_ID, _RETRY_AFTER]

    def _get_request_body(self, direction: str = "request") -> dict[str, Any] | None:
        """The body is never optional: browsers cannot send its type for other sites."""
        body: dict[str, Any] | None = super()._get_request_body(direction)  # type: ignore[no-untyped-call]
        return body and {**body, "required": True}

    def _map_basic_serializer(self, serializer: Any, direction: str) -> dict[str, Any]:
        """Defaults in words: generators of clients demand the fields that have a default."""
        mapped: dict[str, Any] = super()._map_basic_serializer(serializer, direction)  # type: ignore[no-untyped-call]
        properties = mapped.get("properties", {}).items()
        return mapped | {"properties": {name: _in_words(schema) for name, schema in properties}}


def _in_words(schema: Mapping[str, Any]) -> dict[str, Any]:
    """The schema of a field with its default in the description instead."""
    told = {name: value for name, value in schema.items() if name != "default"}
    if schema.get("default"):
        words = f"{str(schema['default']).lower()} if left out."
        told["description"] = f"{schema.get('description', '')} {words.capitalize()}".strip()
    return told


def _examples(
    request: Example | None, answer: Example | None, status: int
) -> Iterator[OpenApiExample]:
    if request is not None:
        yield OpenApiExample(request[0], request_only=True, value=request[1])
    if answer is not None:
        name, value = answer
        yield OpenApiExample(name, response_only=True, status_codes=[str(status)], value=value)


def _names(parameters: Sequence[Parameter]) -> frozenset[str]:
    """The names of the parameters in the query of the address."""
    names: set[str] = set()
    for each in parameters:
        if not isinstance(each, OpenApiParameter):
            names.update(each().fields)
        elif each.location == OpenApiParameter.QUERY and not each.response:
            names.add(each.name)
    return frozenset(names)


def _repeatable(parameters: Sequence[Parameter]) -> frozenset[str]:
    """The names of the parameters that are lists."""
    forms = [each() for each in parameters if not isinstance(each, OpenApiParameter)]
    return frozenset(
        name
        for form in forms
        for name, field in form.fields.items()
        if isinstance(field, ListField)
    )
