"""Reunite at the root."""

from django.urls import include, path

from reunite.api import errors

urlpatterns = [path("", include("reunite.api.urls"))]

handler400 = errors.bad_request
handler404 = errors.not_found
handler500 = errors.server_error
