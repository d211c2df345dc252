"""The API at the root, and the explorer, to which the root leads."""

from django.urls import include, path
from django.views.generic import RedirectView

from reunite.api.http import errors
from reunite.api.urls import urlpatterns as api

__all__ = ["handler400", "handler404", "handler500", "urlpatterns"]

urlpatterns = [
    *api,
    path("", RedirectView.as_view(pattern_name="explorer:home"), name="root"),
    path("explorer", RedirectView.as_view(pattern_name="explorer:home")),
    path("explorer/", include("reunite.explorer.urls")),
]

handler400 = errors.bad_request
handler404 = errors.not_found
handler500 = errors.server_error
