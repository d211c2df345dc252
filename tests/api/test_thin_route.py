"""The short way in front of Django answers what Django answers, byte for byte."""

import json
import re
from io import BytesIO

import pytest
from django import db
from django.core import signals
from django.core.cache import close_caches
from django.core.handlers.wsgi import WSGIHandler
from django.db import connection
from django.test import override_settings

from reunite.api.http.errors import BodyTooSlow
from reunite.api.identify import views
from reunite.services.identify.identify import identify
from reunite.services.repair.retire import retire
from reunite.services.repair.separate import separate
from reunite.uploaded import FAILED
from reunite_service.thin import in_front_of, is_possible
from tests.emptying import empty_tables
from tests.scopes import SCOPE

KNOWN = {"email": "lorraine@hillvalley.edu", "phoneNumber": "123456"}
JSON = "application/json"
NEW_ID = re.compile(r"[0-9a-f]{32}")
METHODS = ("GET", "HEAD", "OPTIONS", "PUT", "PATCH", "DELETE", "TRACE", "CONNECT", "BREW", "post")
TYPES = (
    *(None, "", "text/plain", "Application/JSON", "application/json,application/json"),
    *(f"{JSON};charset=utf-8", f"{JSON}; charset=UTF-8", f'{JSON}; charset="utf-8"'),
    *(
        f"{JSON}; charset=latin-1",
        f"{JSON}; charset=no",
        f"{JSON}; odd",
        "multipart/form-data",
        "?",
    ),
)
PATHS = (
    "/identify/",
    "//identify",
    "/Identify",
    "/identify/batch",
    "/resolve",
    "/resolve/",
    "/",
    "",
)
BODIES = (
    *(b"", b"{", b"null", b"[]", b'"a"', b"7", b"{}", b"\xff", b"\xef\xbb\xbf{}", b"NaN"),
    *(b'{"email": "a@x.example"} x', b'{"email": "\\ud800@x.example"}', b"[" * 20_000),
    *(b'{"email": "a\\u0000@x.example"}', b'{"email": "a@x.example", "email": "b@x.example"}'),
    *(
        b'{"email": "\\u003a@x.example", "a": 1, "a": 2}',
        b'{"a": {"b": ":"}, "email": ":@x.example"}',
    ),
    b'{"requests": [{"email": "a@x.example", "email": "b@x.example"}]}',
)
FIELDS = (
    *({"email": "new@x.example"}, {"phoneNumber": 789012}, {"phoneNumber": 1.5}, {"email": 7}),
    *({"phoneNumber": True}, {"email": None, "phoneNumber": " "}, {"email": "no address"}),
    *({"email": "a" * 400 + "@x.example"}, {"phoneNumber": "1" * 400}, {"email": "n/a"}),
    *({"phone": "1"}, {"emial": "a@x.example"}, {**KNOWN, "order": {"id": 1}}),
    *({**KNOWN, "verified": ["email"]}, {**KNOWN, "verified": ["fax"]}),
    *({**KNOWN, "email": "secondary@x.example"}, {"email": "retired@x.example"}),
    *({"email": "retired@x.example", "phoneNumber": "123456"},),
    *({"email": "one@x.example", "phoneNumber": "222222"},),
    *({"email": "three@x.example", "phoneNumber": "444444"},),
    *({"requests": [KNOWN, {"email": 1}]}, {"requests": {}}),
)
ENVIRONS = (
    *(
        {"QUERY_STRING": query}
        for query in ("include=decision", "include=no", "page=1", "%ff", "&")
    ),
    *({"HTTP_HOST": host} for host in ("evil.example", "", "LOCALHOST:1", "localhost,localhost")),
    *({"HTTP_HOST": host} for host in ("localhost:x", "[::1]:8000", "a@localhost", "127.0.0.1.")),
    *({"HTTP_ORIGIN": origin} for origin in ("http://evil.example", "http://localhost", "null")),
    *({"HTTP_SEC_FETCH_SITE": site} for site in ("cross-site", "same-origin", "none", "same-site")),
    *({"HTTP_X_REQUEST_ID": id} for id in ("order-17", "", "a b", "x" * 64, "x" * 65, "a,b", "?")),
    *({"HTTP_CONTENT_ENCODING": how} for how in ("gzip", "identity", "")),
    *({"CONTENT_LENGTH": length} for length in ("", "0", "5", "+60", "-1", "９", "9999999", "99")),
    *({"HTTP_TRANSFER_ENCODING": "chunked", "CONTENT_LENGTH": length} for length in ("", "60")),
    *({"SCRIPT_NAME": "/sub"}, {"SCRIPT_URL": "/sub/identify"}, {"REDIRECT_URL": "/sub/identify"}),
    *(
        {"HTTP_X_FORWARDED_HOST": "evil.example"},
        {"HTTP_ACCEPT": "text/html"},
        {"HTTP_COOKIE": "a"},
    ),
    *({"HTTP_AUTHORIZATION": "Bearer x"}, {"HTTP_X_HTTP_METHOD_OVERRIDE": "DELETE"}),
    *({FAILED: BodyTooSlow()}, {"wsgi.input": BytesIO(b"{")}),
)
REQUESTS = (
    *((f"method {each}", {"REQUEST_METHOD": each}, KNOWN) for each in METHODS),
    *((f"type {each}", {"CONTENT_TYPE": each}, KNOWN) for each in TYPES),
    *((f"path {each}", {"PATH_INFO": each}, KNOWN) for each in PATHS),
    *((f"body {each[:40]}", {}, each) for each in BODIES),
    *(
        (f"{path} {each}"[:90], {"PATH_INFO": path}, each)
        for path in ("/identify", "/identify/batch", "/resolve")
        for each in FIELDS
    ),
    *((f"environ {each}"[:90], each, KNOWN) for each in ENVIRONS),
)


@pytest.fixture(autouse=True)
def listeners_as_in_the_service():
    """Those that reunite_service.wsgi disconnects; for this process does more than serve."""
    gone = [
        (signals.request_started, db.close_old_connections),
        (signals.request_finished, db.close_old_connections),
        (signals.request_started, db.reset_queries),
        (signals.request_finished, close_caches),
    ]
    for signal, receiver in gone:
        signal.disconnect(receiver)
    yield
    for signal, receiver in gone:
        signal.connect(receiver)


def environ_of(changes, body):
    content = body if isinstance(body, bytes) else json.dumps(body).encode()
    environ = {
        "REQUEST_METHOD": "POST",
        "SCRIPT_NAME": "",
        "PATH_INFO": "/identify",
        "QUERY_STRING": "",
        "SERVER_NAME": "127.0.0.1",
        "SERVER_PORT": "8000",
        "HTTP_HOST": "localhost:8000",
        "CONTENT_TYPE": JSON,
        "REMOTE_ADDR": "127.0.0.1",
        "CONTENT_LENGTH": str(len(content)),
        "wsgi.input": BytesIO(content),
        "wsgi.url_scheme": "http",
        "SERVER_PROTOCOL": "HTTP/1.1",
        FAILED: None,
        **changes,
    }
    if isinstance(environ["wsgi.input"], BytesIO):
        environ["wsgi.input"] = BytesIO(environ["wsgi.input"].getvalue())
    return {name: value for name, value in environ.items() if value is not None or name == FAILED}


def answered(application, environ):
    """The status, the headers and the body; ids that were made up are as one."""
    head = []
    parts = application(environ, lambda status, headers: head.extend([status, headers]))
    body = b"".join(parts)
    if hasattr(parts, "close"):
        parts.close()
    status, headers = head
    made_up = not re.fullmatch(r"[A-Za-z0-9._-]{1,64}", environ.get("HTTP_X_REQUEST_ID", "") or "")
    return (
        status,
        [
            (name, NEW_ID.sub("new", value) if made_up or name == "X-Request-Id" else value)
            for name, value in headers
        ],
        body,
    )


def told():
    """Forget all, ids included, and tell what the requests of this module meet."""
    empty_tables()
    tables = ("contact", "link", "event", "retired", "separation")
    with connection.cursor() as cursor:
        if connection.vendor == "sqlite":
            cursor.execute("DELETE FROM sqlite_sequence")
        else:
            for table in tables:
                cursor.execute(
                    "SELECT setval(pg_get_serial_sequence(%s, %s), 1, false)",
                    [table, "position" if table == "event" else "id"],
                )
    identify(SCOPE, KNOWN["email"], KNOWN["phoneNumber"])
    identify(SCOPE, "retired@x.example", None)
    retire(SCOPE, "retired@x.example", None)
    one = identify(SCOPE, "one@x.example", None).person.id
    separate(SCOPE, one, identify(SCOPE, None, "222222").person.id)
    identify(SCOPE, "three@x.example", None)
    identify(SCOPE, None, "444444")


def rows():
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT id, email, phone_number, linked_id, link_precedence FROM contact ORDER BY id"
        )
        contacts = cursor.fetchall()
        cursor.execute("SELECT type, person_id, workspace_id FROM event ORDER BY position")
        return contacts, cursor.fetchall()


def test_every_request_is_answered_alike_both_ways():
    django, looked = WSGIHandler(), {}
    for way, application in {"django": django, "thin": in_front_of(django)}.items():
        told()
        looked[way] = (
            [
                (name, *answered(application, environ_of(changes, body)))
                for name, changes, body in REQUESTS
            ],
            rows(),
        )

    assert len(REQUESTS) > 100
    assert application is not django
    for thin, plain in zip(looked["thin"][0], looked["django"][0], strict=True):
        assert thin == plain
    assert looked["thin"][1] == looked["django"][1]
    statuses = {int(status[:3]) for _, status, _, _ in looked["thin"][0]}
    assert statuses >= {200, 400, 403, 404, 405, 408, 411, 413, 415, 422}


def unused(*_):
    raise AssertionError("asked Django")


@pytest.mark.parametrize("path", ["/identify", "/identify/batch", "/resolve"])
def test_what_is_usual_does_not_reach_django(path):
    body = {"requests": [KNOWN]} if path == "/identify/batch" else KNOWN

    status, headers, _ = answered(in_front_of(unused), environ_of({"PATH_INFO": path}, body))

    assert status == "200 OK"
    assert ("X-Content-Type-Options", "nosniff") in headers


def test_an_error_is_answered_by_django_without_asking_again(monkeypatch, caplog):
    asked = []

    def fail(*_, **__):
        asked.append(1)
        raise ZeroDivisionError

    monkeypatch.setattr(views, "identify", fail)
    thin = in_front_of(WSGIHandler())

    status, _, body = answered(thin, environ_of({"HTTP_X_REQUEST_ID": "mine"}, KNOWN))

    assert (status[:3], json.loads(body)["code"], len(asked)) == ("500", "internal_error", 1)
    (record,) = [each for each in caplog.records if each.exc_info]
    assert record.exc_info[0] is ZeroDivisionError
    assert record.request.META["HTTP_X_REQUEST_ID"] == "mine"


@pytest.mark.parametrize(
    "settings",
    [
        {"MIDDLEWARE": ["reunite_service.middleware.boundary"]},
        {"ROOT_URLCONF": "reunite.api.urls"},
        {"FORCE_SCRIPT_NAME": "/sub"},
        {"USE_X_FORWARDED_HOST": True},
        {"DEBUG": True},
    ],
    ids=str,
)
def test_a_project_that_differs_is_answered_by_django_alone(settings):
    with override_settings(**settings):
        assert in_front_of(unused) is unused


def test_a_project_that_asks_who_is_there_is_answered_by_django_alone(monkeypatch):
    monkeypatch.setattr(views.IdentifyView, "permission_classes", [object])
    assert in_front_of(unused) is unused


@pytest.mark.parametrize("signal", [signals.request_started, signals.request_finished])
def test_a_project_that_listens_to_requests_is_answered_by_django_alone(signal):
    assert is_possible()
    signal.connect(unused)
    try:
        assert in_front_of(unused) is unused
    finally:
        signal.disconnect(unused)
