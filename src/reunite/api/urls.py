"""The addresses, to include at the root of a project's own."""

from django.urls import path

from reunite import addresses
from reunite.api import access, feed, health, imports, metrics
from reunite.api.http import documentation
from reunite.api.identify import resolve, views
from reunite.api.persons import explain, find, largest, persons, search, stats
from reunite.api.policy import policy
from reunite.api.repair import contacts, erasure, identifiers, links, separations, undo
from reunite.api.webhooks import deliveries, webhooks

__all__ = ["addresses", "urlpatterns"]

urlpatterns = [
    path("identify", views.IdentifyView.as_view(), name="identify"),
    path("identify/batch", views.IdentifyBatchView.as_view(), name="identify-batch"),
    path("resolve", resolve.ResolveView.as_view(), name="resolve"),
    path("persons/find", find.FindView.as_view(), name="find"),
    path("persons/search", search.SearchView.as_view(), name="search"),
    path("persons/largest", largest.LargestPersonsView.as_view(), name="largest-persons"),
    path("persons/explain", explain.ExplainView.as_view(), name="explain"),
    path("persons/<id:id>", persons.PersonView.as_view(), name="person"),
    path("persons/<id:id>/contacts", persons.ContactsView.as_view(), name="person-contacts"),
    path("persons/<id:id>/graph", persons.GraphView.as_view(), name="person-graph"),
    path("persons/<id:id>/explain", explain.ExplainContactsView.as_view(), name="person-explain"),
    path("persons/<id:id>/history", persons.HistoryView.as_view(), name="person-history"),
    path("persons/<id:id>/export", erasure.ExportView.as_view(), name="person-export"),
    path("persons/<id:id>/erase", erasure.EraseView.as_view(), name="erase-person"),
    path("persons/<id:id>/split", separations.SplitView.as_view(), name="split-person"),
    path("contacts/<id:id>", contacts.ContactView.as_view(), name="contact"),
    path("links", links.LinksView.as_view(), name="links"),
    path("links/<id:id>/approve", links.ApproveLinkView.as_view(), name="approve-link"),
    path("links/<id:id>/defer", links.DeferLinkView.as_view(), name="defer-link"),
    path("links/<id:id>/reject", links.RejectLinkView.as_view(), name="reject-link"),
    path("links/<id:id>/restore", links.RestoreLinkView.as_view(), name="restore-link"),
    path("links/<id:id>/revoke", links.RevokeLinkView.as_view(), name="revoke-link"),
    path("repairs", undo.RepairsView.as_view(), name="repairs"),
    path("repairs/<id:id>/undo", undo.UndoRepairView.as_view(), name="undo-repair"),
    path("separations", separations.SeparationsView.as_view(), name="separations"),
    path("separations/<id:id>", separations.SeparationView.as_view(), name="separation"),
    path("identifiers/retire", identifiers.RetireView.as_view(), name="retire-identifier"),
    path("identifiers/restore", identifiers.RestoreView.as_view(), name="restore-identifier"),
    path("identifiers/most-carried", largest.MostCarriedView.as_view(), name="most-carried"),
    path("identifiers/retired", identifiers.RetiredView.as_view(), name="retired-identifiers"),
    path("imports", imports.ImportsView.as_view(), name="imports"),
    path("imports/<id:id>", imports.ImportView.as_view(), name="import"),
    path("imports/<id:id>/start", imports.StartView.as_view(), name="import-start"),
    path("imports/<id:id>/refused", imports.RefusedView.as_view(), name="import-refused"),
    path("events", feed.EventsView.as_view(), name="events"),
    path("snapshot", feed.SnapshotView.as_view(), name="snapshot"),
    path("stats", stats.StatsView.as_view(), name="stats"),
    path("policy", policy.PolicyView.as_view(), name="policy"),
    path("policy/versions", policy.PolicyVersionsView.as_view(), name="policy-versions"),
    path("policy/simulate", policy.SimulatePolicyView.as_view(), name="policy-simulate"),
    path("normalize", policy.NormalizeView.as_view(), name="normalize"),
    path("keys", access.KeysView.as_view(), name="keys"),
    path("keys/<id:id>", access.KeyView.as_view(), name="key"),
    path("workspaces", access.WorkspacesView.as_view(), name="workspaces"),
    path("webhooks", webhooks.WebhooksView.as_view(), name="webhooks"),
    path("webhooks/<id:id>", webhooks.WebhookView.as_view(), name="webhook"),
    path("webhooks/<id:id>/disable", webhooks.DisableWebhookView.as_view(), name="disable-webhook"),
    path("webhooks/<id:id>/enable", webhooks.EnableWebhookView.as_view(), name="enable-webhook"),
    path("webhooks/<id:id>/rotate", webhooks.RotateSecretView.as_view(), name="rotate-secret"),
    path("webhooks/<id:id>/deliveries", deliveries.DeliveriesView.as_view(), name="deliveries"),
    path("webhooks/<id:id>/replay", deliveries.ReplayView.as_view(), name="replay-events"),
    path("webhooks/<id:id>/redeliver", deliveries.RedeliverView.as_view(), name="redeliver-dead"),
    path("metrics", metrics.MetricsView.as_view(), name="metrics"),
    path("healthz", health.LivenessView.as_view(), name="healthz"),
    path("readyz", health.ReadinessView.as_view(), name="readyz"),
    path("openapi.json", documentation.OpenAPIView.as_view(), name="openapi"),
    path("docs", documentation.DocsView.as_view(), name="docs"),
]
