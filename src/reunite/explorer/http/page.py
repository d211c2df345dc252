"""What every page passes: who asks, what a browser may do with the answer, errors as pages."""

import logging
from collections.abc import Callable, Mapping
from functools import wraps
from http import HTTPStatus
from typing import Concatenate, ParamSpec

from django.core.exceptions import RequestDataTooBig, TooManyFieldsSent
from django.core.signals import got_request_exception
from django.http import (
    Http404,
    HttpRequest,
    HttpResponse,
    HttpResponseNotAllowed,
    UnreadablePostError,
)
from django.http.multipartparser import MultiPartParserError
from django.http.response import HttpResponseBase
from django.shortcuts import render
from django.utils.log import log_response
from django.views.decorators.csrf import csrf_protect
from django_htmx.middleware import HtmxDetails
from rest_framework.exceptions import APIException

from reunite.causes import causes
from reunite.core.access.callers import Caller, KeyScope, Needs
from reunite.core.errors import (
    BulkNotInstalled,
    Conflict,
    Forbidden,
    Gone,
    InvalidRequest,
    NotFound,
    PersonNotFound,
    ReuniteError,
    TemporarilyUnavailable,
    TooManyRequests,
    Unauthenticated,
    UploadTooLarge,
)
from reunite.core.scope import Scope
from reunite.explorer.http.access import caller_of
from reunite.uploaded import FAILED

Arguments = ParamSpec("Arguments")
CALLER = "reunite.explorer.caller"
"""The key of the caller in a request's environment."""
View = Callable[..., HttpResponseBase]
Handler = Callable[Concatenate[HttpRequest, Scope, Arguments], HttpResponseBase]

_OWN_SITE = {None, "same-origin", "none"}
"""What browsers say of a request that no page of another site sent; other clients say nothing."""
_log = logging.getLogger("reunite.explorer")

CONTENT_SECURITY_POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; connect-src 'self'; "
    "form-action 'self'; base-uri 'none'; frame-ancestors 'none'"
)
_HEADERS: Mapping[str, str] = {
    "Content-Security-Policy": CONTENT_SECURITY_POLICY,
    # Pages hold personal data: no copy stays in the browser, and no other site hears of them.
    "Cache-Control": "no-store",
    "Referrer-Policy": "same-origin",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "X-Content-Type-Options": "nosniff",
}
_STATUSES: Mapping[type[ReuniteError], tuple[HTTPStatus, str]] = {
    InvalidRequest: (HTTPStatus.BAD_REQUEST, "That was not understood"),
    Unauthenticated: (HTTPStatus.UNAUTHORIZED, "Sign in"),
    Forbidden: (HTTPStatus.FORBIDDEN, "You may not do that"),
    UploadTooLarge: (HTTPStatus.REQUEST_ENTITY_TOO_LARGE, "The file is too large"),
    BulkNotInstalled: (HTTPStatus.NOT_IMPLEMENTED, "This server cannot read files"),
    NotFound: (HTTPStatus.NOT_FOUND, "There is nothing with that id"),
    Conflict: (HTTPStatus.CONFLICT, "The stored data do not allow this"),
    Gone: (HTTPStatus.GONE, "There was something with that id"),
    TooManyRequests: (HTTPStatus.TOO_MANY_REQUESTS, "Too many requests"),
    TemporarilyUnavailable: (HTTPStatus.SERVICE_UNAVAILABLE, "The database is busy"),
}


def page(*, needs: Needs, method: str = "GET") -> Callable[[Handler[Arguments]], View]:
    """Let a function that takes the request and the scope of its caller answer with a page.

    The caller must have one of the scopes in ``needs``. ``method`` is the only one that is
    answered; HEAD is answered where GET is.
    """

    def decorate(handler: Handler[Arguments]) -> View:
        @open_page(method=method)
        @wraps(handler)
        def guarded(
            request: HttpRequest, *args: Arguments.args, **kwargs: Arguments.kwargs
        ) -> HttpResponseBase:
            caller = caller_of(request, needs)
            request.META[CALLER] = caller
            request_id = request.META.get("HTTP_X_REQUEST_ID")
            scope = Scope(caller.workspace_id, request_id, caller.name)
            return handler(request, scope, *args, **kwargs)

        return guarded

    return decorate


def open_page(*, method: str = "GET") -> Callable[[View], View]:
    """Let a function that takes the request answer with a page, without asking for a key."""

    def decorate(handler: View) -> View:
        @_takes_own_forms
        def told(request: HttpRequest, *args: object, **kwargs: object) -> HttpResponseBase:
            try:
                return handler(request, *args, **kwargs)
            except (ReuniteError, UnreadablePostError, APIException) as error:
                return _failed(request, error)
            except Http404:
                return nothing_here(request)
            except Exception as error:  # noqa: BLE001  # A browser gets a page; the log tells all.
                return _broken(request, error)

        @wraps(handler)
        def answered(request: HttpRequest, *args: object, **kwargs: object) -> HttpResponseBase:
            _note_scheme(request)
            methods = [method, "HEAD"] if method == "GET" else [method]
            response: HttpResponseBase
            if failed := request.META.get(FAILED):
                response = _failed(request, failed)
            elif request.method in methods:
                response = told(request, *args, **kwargs)
            else:
                response = HttpResponseNotAllowed(methods)
            for name, value in _HEADERS.items():
                response[name] = value
            return response

        return answered

    return decorate


def _takes_own_forms(view: View) -> View:
    """Refuse forms of pages of other sites, and forms that Django does not read."""
    protected = csrf_protect(view)

    @wraps(view)
    def checked(request: HttpRequest, *args: object, **kwargs: object) -> HttpResponseBase:
        site = request.META.get("HTTP_SEC_FETCH_SITE")
        if request.method == "POST" and site not in _OWN_SITE:
            return refused_form(request)
        try:
            return protected(request, *args, **kwargs)
        except (RequestDataTooBig, TooManyFieldsSent, MultiPartParserError):
            return _unreadable(request)

    return checked


def answer(
    request: HttpRequest, template: str, told: Mapping[str, object], *, status: int = 200
) -> HttpResponse:
    """A page, or a part of one, which knows who asks and what the caller may do."""
    caller: Caller | None = request.META.get(CALLER)
    return render(
        request,
        f"reunite_explorer/{template}.html",
        {"who": caller and caller.name, "may": may(request), **told},
        status=status,
    )


def may(request: HttpRequest) -> Mapping[str, bool]:
    """What the caller may do, by the names of scopes."""
    caller: Caller | None = request.META.get(CALLER)
    scopes = caller.scopes if caller else frozenset()
    return {each.value: each in scopes or KeyScope.ADMIN in scopes for each in KeyScope}


def _note_scheme(request: HttpRequest) -> None:
    """Believe a proxy that a browser speaks TLS with it: forms compare the browser's address.

    A page of another site cannot send the header, so a client can only deceive itself with it.
    """
    outermost = request.META.get("HTTP_X_FORWARDED_PROTO", "").partition(",")[0]
    if outermost.strip().lower() == "https":
        request.META["wsgi.url_scheme"] = "https"


def is_fragment(request: HttpRequest) -> bool:
    """Whether a part of a page is asked for, to be put into the page that is open."""
    return bool(HtmxDetails(request))


def refused_form(request: HttpRequest, reason: str = "") -> HttpResponse:
    """Django's CSRF_FAILURE_VIEW: a form that did not come from one of our pages."""
    title = "This form has expired"
    detail = "Go back, load the page again, and send the form once more."
    return _error_page(request, HTTPStatus.FORBIDDEN, title, detail)


def _unreadable(request: HttpRequest) -> HttpResponse:
    """The page for a form that Django does not read; it raises while it looks for the token."""
    title = "The form is too large"
    detail = "Select fewer contacts, or write less, and send it again."
    return _error_page(request, HTTPStatus.REQUEST_ENTITY_TOO_LARGE, title, detail)


def nothing_here(request: HttpRequest) -> HttpResponse:
    """The page of an address at which there is nothing."""
    title = "There is nothing at this address"
    detail = "The link may be old, or the address was typed wrong."
    return _error_page(request, HTTPStatus.NOT_FOUND, title, detail)


def _broken(request: HttpRequest, error: Exception) -> HttpResponse:
    got_request_exception.send(sender=None, request=request)
    title = "This page failed"
    request_id = request.META.get("HTTP_X_REQUEST_ID")
    about = f" The log says more under the request {request_id}." if request_id else ""
    detail = f"Nothing was written, unless you see it elsewhere. Try again.{about}"
    response = _error_page(request, HTTPStatus.INTERNAL_SERVER_ERROR, title, detail)
    log_response(
        "500 at %s",
        _route(request),
        response=response,
        request=request,
        exception=error,
    )
    return response


def _failed(request: HttpRequest, error: Exception) -> HttpResponse:
    if not isinstance(error, ReuniteError):
        detail = "It was too slow, or the connection was lost. Send it again."
        title = "The request did not arrive whole"
        return _error_page(request, HTTPStatus.REQUEST_TIMEOUT, title, detail)
    status, title = next(told for kind, told in _STATUSES.items() if isinstance(error, kind))
    if isinstance(error, PersonNotFound):
        detail = "No contact has this id. Search for an email or a phone number."
    elif isinstance(error, InvalidRequest):
        detail = " ".join(each.detail for each in error.errors)
    else:
        detail = str(error)
    response = _error_page(request, status, title, detail)
    if isinstance(error, TooManyRequests | TemporarilyUnavailable):
        response["Retry-After"] = str(error.retry_after_seconds)
    if isinstance(error, TemporarilyUnavailable):
        _log_unavailable(request, error, response)
    return response


def _log_unavailable(request: HttpRequest, error: Exception, response: HttpResponse) -> None:
    """Log the cause; Django would log it, too, with the address instead of its pattern."""
    log_response(
        "503 at %s: %s",
        _route(request),
        causes(error),
        response=response,
        request=request,
        logger=_log,
        level="warning",
    )


def _route(request: HttpRequest) -> str:
    """The address without what the client put into it."""
    return f"/{request.resolver_match.route}" if request.resolver_match else "an unknown address"


def _error_page(request: HttpRequest, status: HTTPStatus, title: str, detail: str) -> HttpResponse:
    is_closed = status == HTTPStatus.UNAUTHORIZED
    template = "error_part" if is_fragment(request) else "access/sign_in" if is_closed else "error"
    next = request.path if request.method == "GET" else ""
    told = {"title": title, "detail": detail, "is_closed": is_closed, "next": next}
    return answer(request, template, told, status=status)
