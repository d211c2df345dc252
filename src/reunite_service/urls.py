"""Reunite at the root."""

from reunite.api.http import errors
from reunite.api.urls import urlpatterns

__all__ = ["handler400", "handler404", "handler500", "urlpatterns"]

handler400 = errors.bad_request
handler404 = errors.not_found
handler500 = errors.server_error
