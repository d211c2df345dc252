"""One address."""

from django.urls import path

from benchmarks.baseline.views import IdentifyView

urlpatterns = [path("identify", IdentifyView.as_view())]
