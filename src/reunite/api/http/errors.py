"""Errors as RFC 9457 ``application/problem+json``: here and nowhere else."""

import logging
import math
from collections.abc import Mapping
from dataclasses import asdict
from typing import Any

import orjson
from django.core.exceptions import PermissionDenied, RequestDataTooBig
from django.http import Http404, HttpRequest, HttpResponse, UnreadablePostError
from django.urls import is_valid_path
from django.utils.log import log_response
from rest_framework import exceptions

from reunite.api.http.field_errors import MAX_NAMED, field_errors
from reunite.causes import causes
from reunite.core.errors import (
    BulkNotInstalled,
    Conflict,
    EventsPruned,
    FeedRestarted,
    Forbidden,
    Gone,
    InvalidRequest,
    KeptApart,
    NotFound,
    NoUsableIdentifier,
    NumberAhead,
    ReuniteError,
    ScopeMissing,
    TemporarilyUnavailable,
    TooManyRequests,
    Unauthenticated,
    UploadTooLarge,
)

PROBLEM_CONTENT_TYPE = "application/problem+json"

logger = logging.getLogger("reunite.api")


class BodyMissing(exceptions.APIException):
    """The operation has a body, and the request has none."""


class CrossSite(exceptions.APIException):
    """A page of another site sent the request."""


class LengthRequired(exceptions.APIException):
    """The body came in chunks."""


class UnsupportedCharset(exceptions.APIException):
    """The body is text in another encoding than UTF-8."""


class UnsupportedEncoding(exceptions.APIException):
    """The body is compressed."""


class BodyTooSlow(exceptions.APIException):
    """The body did not come in time."""


class UnsupportedFileType(exceptions.APIException):
    """The upload came in a form that files are not sent in."""


# Errors of the framework, as (status, code, title); docs/reference/errors.md explains the codes.
_FRAMEWORK: Mapping[type[Exception], tuple[int, str, str]] = {
    BodyMissing: (400, "body_missing", "The request has no body."),
    exceptions.ParseError: (400, "invalid_json", "The body is not JSON."),
    UnreadablePostError: (400, "incomplete_body", "The body ended before it was complete."),
    CrossSite: (403, "cross_site", "A page of another site sent the request."),
    PermissionDenied: (403, "permission_denied", "You may not do that."),
    exceptions.NotFound: (404, "not_found", "There is nothing at this address."),
    Http404: (404, "not_found", "There is nothing at this address."),
    exceptions.MethodNotAllowed: (405, "method_not_allowed", "This address has no such method."),
    exceptions.NotAcceptable: (406, "not_acceptable", "The client accepts no form of the answer."),
    BodyTooSlow: (408, "body_too_slow", "The body did not come in time."),
    LengthRequired: (411, "length_required", "The body came without its length."),
    RequestDataTooBig: (413, "body_too_large", "The body is too large."),
    UnsupportedCharset: (415, "unsupported_charset", "The body must be in UTF-8."),
    UnsupportedEncoding: (415, "unsupported_encoding", "The body must not be compressed."),
    UnsupportedFileType: (415, "unsupported_file_type", "The body must be a file."),
    exceptions.UnsupportedMediaType: (415, "unsupported_media_type", "The body must be JSON."),
}
# Ours, as (status, title); the code and the detail are the error's own.
_OURS: Mapping[type[ReuniteError], tuple[int, str]] = {
    UploadTooLarge: (413, "The body is too large."),
    BulkNotInstalled: (501, "This server cannot read files."),
    Unauthenticated: (401, "The request has no valid key."),
    Forbidden: (403, "The key may not do that."),
    NotFound: (404, "There is nothing with that id."),
    Conflict: (409, "The stored data do not allow this."),
    FeedRestarted: (410, "The feed does not go on from there."),
    EventsPruned: (410, "The feed does not go on from there."),
    NumberAhead: (410, "The feed does not go on from there."),
    Gone: (410, "There was something with that id."),
    TooManyRequests: (429, "The key has taken its quota."),
}
_DETAILS: Mapping[str, str] = {
    "incomplete_body": "Send as many bytes as Content-Length announces.",
    "body_missing": "Send a JSON object: {} if there is nothing to say.",
    "body_too_slow": "Send it faster: see BODY_TIMEOUT_SECONDS and BODY_BYTES_PER_SECOND.",
    "cross_site": "Send it from a page of this server's own origin, or from no browser at all; if "
    "a proxy is in front, let it pass Host and X-Forwarded-Proto on.",
    "permission_denied": "Ask those who run this server.",
    "length_required": "Send Content-Length instead of chunks.",
    "not_found": "The addresses are listed at /docs.",
    "body_too_large": "Send fewer bytes: the limit is the setting MAX_BODY_BYTES.",
    "unsupported_charset": "Send UTF-8, and Content-Type without another charset.",
    "unsupported_encoding": "Send it without Content-Encoding.",
    "unsupported_file_type": "Send the file itself as the body, and no form around it, with "
    "Content-Type: application/octet-stream, as curl --request POST --upload-file FILE "
    "--header 'Content-Type: application/octet-stream' does.",
    "unsupported_media_type": "Send JSON, with the header Content-Type: application/json.",
}


def exception_handler(error: Exception, context: Mapping[str, Any]) -> HttpResponse | None:
    """DRF's hook: the problem for an error, None (a 500) for an unexpected one."""
    if isinstance(error, InvalidRequest | exceptions.ValidationError):
        return respond(invalid(error))
    if isinstance(error, NoUsableIdentifier):
        return respond(unusable(error))
    if isinstance(error, TemporarilyUnavailable):
        response = unavailable(error)
        # Django would log it, too, but not the cause.
        log_response(
            "503 at %s: %s",
            _route(context["request"]),
            causes(error),
            response=response,
            request=context["request"],
            logger=logger,
            level="warning",
        )
        return response
    for ours, (status, title) in _OURS.items():
        if isinstance(error, ours):
            return _answer_ours(error, status, title)
    for kind, (status, code, title) in _FRAMEWORK.items():
        if isinstance(error, kind):
            response = respond(problem(status, code, title, _DETAILS.get(code) or str(error)))
            if isinstance(error, exceptions.MethodNotAllowed):
                response = _not_allowed(context["view"].allowed_methods)
            return response
    return _of_project(error) if isinstance(error, exceptions.APIException) else None


_ALWAYS_THERE = {"HEAD", "OPTIONS"}


def _not_allowed(methods: list[str]) -> HttpResponse:
    """405, with the methods that the address has."""
    named = " or ".join(each for each in methods if each not in _ALWAYS_THERE)
    detail = f"Send {named}: with curl, --request names the method."
    response = respond(problem(*_FRAMEWORK[exceptions.MethodNotAllowed], detail))
    response["Allow"] = ", ".join(methods)
    return response


def _answer_ours(error: ReuniteError, status: int, title: str) -> HttpResponse:
    """The problem for an error of Reunite, with the headers of its status."""
    more = {"separationId": error.separation_id} if isinstance(error, KeptApart) else {}
    response = respond(problem(status, error.code, title, str(error), **more))
    if isinstance(error, Unauthenticated | ScopeMissing):
        response["WWW-Authenticate"] = _challenge(error)
    if isinstance(error, TooManyRequests):
        response["Retry-After"] = str(error.retry_after_seconds)
    return response


def _challenge(error: Unauthenticated | ScopeMissing) -> str:
    """The header of RFC 6750 for the problem."""
    if isinstance(error, ScopeMissing):
        more = f', error="insufficient_scope", scope="{error.needs[0]}"'
    else:
        more = ', error="invalid_token"' if error.was_given else ""
    return f'Bearer realm="reunite"{more}'


def _route(request: Any) -> str:
    """The address without what the client put into it."""
    return f"/{request.resolver_match.route}"


def _of_project(error: exceptions.APIException) -> HttpResponse:
    """The problem of an error of a project's own authentication, permissions and throttles."""
    code = error.default_code
    response = respond(problem(error.status_code, code, str(error.default_detail), str(error)))
    if challenge := getattr(error, "auth_header", None):
        response["WWW-Authenticate"] = challenge
    if wait := getattr(error, "wait", None):
        response["Retry-After"] = str(math.ceil(wait))
    return response


def problem(
    status: int, code: str, title: str, detail: str, **extensions: object
) -> dict[str, object]:
    """One problem document."""
    return {
        "type": f"urn:reunite:problem:{code}",
        "title": title,
        "status": status,
        "detail": detail,
        "code": code,
        **extensions,
    }


def invalid(error: InvalidRequest | exceptions.ValidationError) -> dict[str, object]:
    """400, naming each field and what to send instead; the code is the code of the first field.

    Only the first MAX_NAMED fields are named.
    """
    if not isinstance(error, InvalidRequest):
        error = InvalidRequest(*field_errors(error.detail))
    found = error.errors[:MAX_NAMED]
    return problem(
        400,
        found[0].code,
        str(error),
        " ".join(f"{each.field}: {each.detail}" for each in found),
        errors=[asdict(each) for each in found],
    )


def unusable(error: NoUsableIdentifier) -> dict[str, object]:
    """422: the request can be read, but its values could never be found again."""
    return problem(422, error.code, "No identifier that may count.", str(error))


def unavailable(error: TemporarilyUnavailable) -> HttpResponse:
    """503, and when to send the request again."""
    response = respond(
        problem(503, error.code, str(error), "Wait for Retry-After, then send it again.")
    )
    response["Retry-After"] = str(error.retry_after_seconds)
    return response


def respond(document: Mapping[str, Any]) -> HttpResponse:
    """A problem document with its status."""
    return HttpResponse(
        orjson.dumps(document), status=document["status"], content_type=PROBLEM_CONTENT_TYPE
    )


def not_found(request: HttpRequest, exception: Exception) -> HttpResponse:
    """Django's handler404; it says so if only a slash at the end is wrong."""
    path = request.path_info.rstrip("/")
    detail = _DETAILS["not_found"]
    if path != request.path_info and is_valid_path(path):
        detail = f"Leave out the slash at the end: {path}."
    return respond(problem(*_FRAMEWORK[Http404], detail))


def bad_request(request: HttpRequest, exception: Exception) -> HttpResponse:
    """Django's handler400: what Django itself finds suspicious about a request."""
    title = "The request cannot be read as HTTP."
    return respond(
        problem(
            400,
            "bad_request",
            title,
            "Check its headers: it needs one Host, and the host that it names must be one of the "
            "setting ALLOWED_HOSTS.",
        )
    )


def server_error(request: HttpRequest | None = None) -> HttpResponse:
    """Django's handler500: the log says more under the request's id."""
    detail = "It is not your request: report it with the X-Request-Id of this answer."
    return respond(problem(500, "internal_error", "Reunite failed.", detail))
