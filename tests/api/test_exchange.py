"""An exchange answers whatever the application does."""

import json
from types import SimpleNamespace

from reunite_service.http.wsgi import Exchange


class Protocol:
    """What granian gives for the answer."""

    def __init__(self):
        self.answers = []

    def response_bytes(self, status, headers, content):
        self.answers.append((status, dict(headers), content))


def test_an_application_that_fails_is_answered_with_a_problem(caplog):
    def fail(environ, start_response):
        raise ZeroDivisionError

    protocol = Protocol()
    scope = SimpleNamespace(
        method="GET",
        path="/healthz",
        query_string="",
        http_version="1.1",
        scheme="http",
        client="127.0.0.1:5000",
        server="127.0.0.1:8000",
        authority=None,
        headers={"host": "localhost", "x-request-id": "mine"},
    )
    exchange = Exchange(SimpleNamespace(proto=protocol, scope=scope, done=lambda: None))
    exchange.on_end = lambda _: None

    assert exchange.answer(fail, wanted=lambda: True)
    exchange.send()

    ((status, headers, content),) = protocol.answers
    assert (status, json.loads(content)["code"]) == (500, "internal_error")
    assert headers["Content-Type"] == "application/problem+json"
    assert headers["X-Request-Id"] == "mine"
    assert "could not be answered" in caplog.text
