"""What the next chunk asks is looked up early, and counts only if nothing came between."""

import threading

from reunite import models
from reunite.bulk import job
from reunite.core.errors import DatabaseUnavailable
from reunite.core.identify.plan import Outcome
from reunite.services.audit.check import check
from reunite.services.identify.identify import identify
from reunite.services.imports.import_rows import import_rows
from reunite.store.imports import loads
from tests.bulk.planning import write_csv
from tests.imports.files import import_files
from tests.scopes import SCOPE


def test_what_others_write_between_chunks_counts(tmp_path, monkeypatch):
    identify(SCOPE, "a@x.example", "1001")
    identify(SCOPE, "b@x.example", "1002")
    monkeypatch.setattr(job, "CHUNK_ROWS", 1)
    path = tmp_path / "orders.csv"
    path.write_text("email,phone\nc@x.example,1003\nd@x.example,1004\nb@x.example,1005\n")
    chunks = []

    def in_between(scope, rows, **how):
        chunks.append(rows)
        if len(chunks) == 3:  # What the third asks was looked up while the second was written.
            assert identify(SCOPE, "a@x.example", "1002").outcome is Outcome.MERGED
        return import_rows(scope, rows, **how)

    monkeypatch.setattr(job, "import_rows", in_between)
    import_files(path)

    assert len(chunks) == 3
    assert list(check()) == []
    a, b = (
        identify(SCOPE, "a@x.example", None).person,
        identify(SCOPE, "b@x.example", "1005").person,
    )
    assert a == b


def test_chunks_with_and_without_news_take_turns(tmp_path, monkeypatch):
    identify(SCOPE, "z@x.example", None)
    monkeypatch.setattr(job, "CHUNK_ROWS", 1)
    path = tmp_path / "orders.csv"
    news = "a@x.example,1001\nb@x.example,1002\na@x.example,1002\n"
    path.write_text(f"email,phone\n{news}b@x.example,1001\na@x.example,\nc@x.example,1002\n")

    report = import_files(path)

    assert (report.contacts, report.merges) == (3, 1)
    assert list(check()) == []


def test_what_could_not_be_looked_up_ahead_is_asked_in_turn(tmp_path, monkeypatch):
    identify(SCOPE, "z@x.example", None)
    orders = write_csv(tmp_path / "orders.csv", [(f"{n}@x.example", None, n) for n in range(4)])
    monkeypatch.setattr(job, "CHUNK_ROWS", 1)
    changing_rows, refused = loads.changing_rows, []

    def away(scope, requests, **how):
        if threading.current_thread() is not threading.main_thread():
            refused.append(requests)
            raise DatabaseUnavailable
        return changing_rows(scope, requests, **how)

    monkeypatch.setattr(loads, "changing_rows", away)
    report = import_files(orders)

    assert refused
    assert report.contacts == models.Contact.objects.count() - 1
    assert list(check()) == []
