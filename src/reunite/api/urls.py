"""The addresses, to include at the root of a project's own."""

from django.urls import path

from reunite.api import documentation, views

urlpatterns = [
    path("identify", views.IdentifyView.as_view(), name="identify"),
    path("identify/batch", views.IdentifyBatchView.as_view(), name="identify-batch"),
    path("healthz", views.LivenessView.as_view(), name="healthz"),
    path("readyz", views.ReadinessView.as_view(), name="readyz"),
    path("openapi.json", documentation.openapi, name="openapi"),
    path("docs", documentation.DocsView.as_view(), name="docs"),
]
