"""Whose page sent a request: browsers say so, and pages of other sites may change nothing."""

from django.conf import settings
from django.http import HttpRequest
from django.http.request import split_domain_port
from django.utils.http import is_same_domain

from reunite.api.http.errors import CrossSite


def require_own_page(request: HttpRequest) -> None:
    """Raise CrossSite if a browser says that a page of another origin sent the request.

    The own origin is made of the request's Host and scheme, or of X-Forwarded-Host and
    X-Forwarded-Proto, which no page can set for another site. Pages of CSRF_TRUSTED_ORIGINS may
    send requests, too. Clients that are not browsers send neither header and are let through.
    """
    origin = request.META.get("HTTP_ORIGIN")
    site = request.META.get("HTTP_SEC_FETCH_SITE")
    if origin is None and site is None:
        return
    if origin is not None and _is_trusted(origin):
        return
    # Another port or name of the same site is another application: same-site is not enough.
    if site not in (None, "same-origin", "none"):
        raise CrossSite
    if origin is not None and not _is_own(origin, request, vouched=site == "same-origin"):
        raise CrossSite


def _is_own(origin: str, request: HttpRequest, *, vouched: bool) -> bool:
    """Whether the host is the request's, and the scheme, too.

    A proxy may speak TLS and not say so; where the browser vouches, the host is enough.
    """
    scheme, _, host = origin.partition("://")
    own_scheme = _forwarded(request, "PROTO") or request.scheme
    hosts = {request.get_host(), _forwarded(request, "HOST")} - {""}
    return (vouched or scheme == own_scheme) and _address(host, scheme) in {
        _address(each, scheme) for each in hosts
    }


def _forwarded(request: HttpRequest, what: str) -> str:
    """The value that the outermost proxy set."""
    header: str = request.META.get(f"HTTP_X_FORWARDED_{what}", "")
    return header.partition(",")[0].strip().lower()


def _address(host: str, scheme: str) -> tuple[str, str]:
    """The name and the port of a host; the port of the scheme if the host has none."""
    name, port = split_domain_port(host.lower())
    return name or host, port or {"https": "443", "http": "80"}.get(scheme, "")


def _is_trusted(origin: str) -> bool:
    """Whether it is one of CSRF_TRUSTED_ORIGINS; they may have ``*.`` before the domain."""
    scheme, _, host = origin.partition("://")
    trusted = (each.partition("://") for each in settings.CSRF_TRUSTED_ORIGINS)
    return any(
        scheme == each and is_same_domain(host, pattern.removeprefix("*"))
        for each, _, pattern in trusted
    )
