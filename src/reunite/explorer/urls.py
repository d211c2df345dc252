"""The addresses of the pages, to include below a prefix of a project's own."""

from django.urls import path

from reunite import addresses
from reunite.explorer import access, lists, overview, review
from reunite.explorer.imports import exports, one, upload
from reunite.explorer.persons import chain, contacts, person, search, timeline
from reunite.explorer.policy import views as policy
from reunite.explorer.repair import undo, views

__all__ = ["addresses", "app_name", "urlpatterns"]

app_name = "explorer"

urlpatterns = [
    path("", overview.home, name="home"),
    path("sign-in", access.form, name="sign-in"),
    path("sign-in/enter", access.enter, name="enter"),
    path("sign-out", access.leave, name="sign-out"),
    path("figures", overview.figures, name="figures"),
    path("example", overview.example, name="example"),
    path("search", search.search, name="search"),
    path("review", review.show, name="review"),
    path("review/<id:id>", review.decide, name="decide"),
    path("persons/<id:id>/repair", views.choose, name="repair"),
    path("persons/<id:id>/repair/preview", views.preview, name="preview"),
    path("persons/<id:id>/repair/do", views.do, name="do"),
    path("repairs/<id:id>/undo", undo.take_back, name="undo"),
    path("policy", policy.show, name="policy"),
    path("policy/rehearse", policy.rehearse, name="rehearse"),
    path("policy/apply", policy.apply, name="apply"),
    path("policy/save", policy.save, name="save-policy"),
    path("links/<slug:state>", lists.links, name="links"),
    path("separations", lists.separations, name="separations"),
    path("retired", lists.retired, name="retired"),
    path("imports", one.index, name="imports"),
    path("imports/look", upload.look, name="look-at-file"),
    path("imports/send", upload.send, name="send-file"),
    path("imports/<id:id>", one.show_one, name="import"),
    path("imports/<id:id>/start", one.begin, name="start-import"),
    path("imports/<id:id>/cancel", one.stop, name="cancel-import"),
    path("imports/<id:id>/refused", one.refused, name="refused-rows"),
    *(
        path(f"exports/{table}", exports.export, {"table": table}, name=f"export-{table}")
        for table in exports.TABLES
    ),
    path("persons/<id:id>", person.show, name="person"),
    path("persons/<id:id>/contacts", contacts.show, name="contacts"),
    path("persons/<id:id>/evidence", chain.ask, name="evidence"),
    path("persons/<id:id>/timeline", timeline.show, name="timeline"),
    path("<path:rest>", access.nothing),
]
