"""The addresses, to include at the root of a project's own."""

from django.urls import path, register_converter
from django.urls.converters import IntConverter

from reunite.api import documentation, persons, repair, stats, views


class IdConverter(IntConverter):
    """An id, as the database has them."""

    regex = "[0-9]{1,19}"

    def to_python(self, value: str) -> int:
        """The number; ValueError, which is a 404, for one that no id can be."""
        id = int(value)
        if id >= 2**63:
            raise ValueError
        return id


register_converter(IdConverter, "id")

urlpatterns = [
    path("identify", views.IdentifyView.as_view(), name="identify"),
    path("identify/batch", views.IdentifyBatchView.as_view(), name="identify-batch"),
    path("resolve", persons.ResolveView.as_view(), name="resolve"),
    path("persons/explain", persons.ExplainView.as_view(), name="explain"),
    path("persons/<id:id>", persons.PersonView.as_view(), name="person"),
    path("persons/<id:id>/graph", persons.GraphView.as_view(), name="person-graph"),
    path("persons/<id:id>/explain", persons.ExplainContactsView.as_view(), name="person-explain"),
    path("persons/<id:id>/history", persons.HistoryView.as_view(), name="person-history"),
    path("contacts/<id:id>", repair.ContactView.as_view(), name="contact"),
    path("links", repair.LinksView.as_view(), name="links"),
    path("links/<id:id>/revoke", repair.RevokeLinkView.as_view(), name="revoke-link"),
    path("stats", stats.StatsView.as_view(), name="stats"),
    path("healthz", views.LivenessView.as_view(), name="healthz"),
    path("readyz", views.ReadinessView.as_view(), name="readyz"),
    path("openapi.json", documentation.openapi, name="openapi"),
    path("docs", documentation.DocsView.as_view(), name="docs"),
]
