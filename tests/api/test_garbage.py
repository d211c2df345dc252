"""What a request consists of goes with it: what would stay for the garbage collector adds up."""

import gc
import json
from contextlib import contextmanager

from django.core.handlers.wsgi import WSGIHandler
from django.test import RequestFactory

# Where a view answers GET, Django lets it hold itself by its method for HEAD.
ASKED = {
    "created": ("/identify", {"email": "a@x.example", "phoneNumber": "1001"}, 200),
    "unchanged": ("/identify", {"email": "a@x.example"}, 200),
    "linked": ("/identify", {"email": "b@x.example", "phoneNumber": "1001"}, 200),
    "another": ("/identify", {"email": "c@x.example", "phoneNumber": "1002"}, 200),
    "merged": ("/identify", {"email": "a@x.example", "phoneNumber": "1002"}, 200),
    "batch": ("/identify/batch", {"requests": [{"email": "d@x.example"}]}, 200),
    "resolved": ("/resolve", {"email": "a@x.example"}, 200),
    "not a field": ("/identify", {"email": 1}, 400),
    "nothing usable": ("/identify", {"email": "n/a"}, 422),
    "not an object": ("/identify", [], 400),
}


@contextmanager
def without_collector():
    """Within the block nothing is collected; what is unreachable before is gone."""
    gc.collect()
    gc.disable()
    try:
        yield
    finally:
        gc.enable()


def status_of(answering, path, body):
    """The status of one request, sent as a server does."""
    content = json.dumps(body).encode()
    made = RequestFactory(SERVER_NAME="localhost").generic(
        "POST", path, content, "application/json"
    )
    seen = []
    response = answering(made.environ, lambda status, headers: seen.append(int(status.split()[0])))
    list(response)
    response.close()
    return seen[0]


def test_a_request_leaves_nothing_to_the_garbage_collector():
    answering = WSGIHandler()
    status_of(answering, "/identify", {"email": "first@x.example"})  # Loads what is loaded late.
    left = {}
    for name, (path, body, expected) in ASKED.items():
        with without_collector():
            assert status_of(answering, path, body) == expected
            left[name] = gc.collect()

    assert left == dict.fromkeys(ASKED, 0)
