"""The problems that an operation may answer, for the OpenAPI document."""

from collections.abc import Iterable
from typing import Any

from drf_spectacular.utils import OpenApiResponse
from rest_framework import serializers

from reunite.api.http.errors import PROBLEM_CONTENT_TYPE

Status = int | tuple[int, str]
"""A status with its usual meaning, or a status and what it means for one operation."""

_USUAL = {
    400: "The request cannot be read.",
    401: "The server asks for a key, or the key does not hold.",
    403: "The key lacks the scope, or a page of another site sent it.",
    404: "There is nothing with that id.",
    406: "The client accepts no form of the answer.",
    409: "The stored data do not allow it.",
    410: "The contact was deleted, or its person erased.",
    411: "The body came without its length.",
    413: "The body is too large.",
    415: "The body is not of a media type that is read here.",
    422: "No identifier that may count.",
    429: "The key has taken its quota: send it again after Retry-After.",
    501: "The server lacks what files need.",
    503: "Busy: send it again after Retry-After.",
}


class FieldProblem(serializers.Serializer[Any]):
    """What is wrong with one field."""

    field = serializers.CharField()
    code = serializers.CharField()
    detail = serializers.CharField()


class Problem(serializers.Serializer[Any]):
    """An RFC 9457 problem."""

    type = serializers.CharField()
    title = serializers.CharField()
    status = serializers.IntegerField()
    detail = serializers.CharField()
    code = serializers.CharField(help_text="Stable; docs/reference/errors.md explains each.")
    separationId = serializers.IntegerField(
        required=False, help_text="The separation that keeps the persons apart."
    )
    errors = FieldProblem(many=True, required=False)  # type: ignore[assignment]  # RFC 9457's usual name


def problem_responses(statuses: Iterable[Status]) -> dict[tuple[int, str], OpenApiResponse]:
    """The responses of these statuses, as ``extend_schema`` takes them."""
    described = [each if isinstance(each, tuple) else (each, _USUAL[each]) for each in statuses]
    return {
        (status, PROBLEM_CONTENT_TYPE): OpenApiResponse(Problem, description=words)
        for status, words in described
    }
