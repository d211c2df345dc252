"""A Django view without middleware."""

from django.http import HttpRequest, HttpResponse
from django.urls import path

from benchmarks.constant import ANSWER


def constant_view(request: HttpRequest) -> HttpResponse:
    return HttpResponse(ANSWER, content_type="application/json")


urlpatterns = [path("identify", constant_view)]
