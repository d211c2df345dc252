"""The service against its own OpenAPI document: no answer that the document does not describe."""

import json
import secrets
from pathlib import Path

import pytest
import schemathesis
from hypothesis import settings
from schemathesis.checks import not_a_server_error
from schemathesis.specs.openapi.checks import (
    content_type_conformance,
    negative_data_rejection,
    response_headers_conformance,
    response_schema_conformance,
    status_code_conformance,
    unsupported_method,
)

from reunite.api.imports import MEDIA_TYPES
from tests.effort import over_http
from tests.server import running_server

CHECKS = [
    not_a_server_error,
    status_code_conformance,
    content_type_conformance,
    response_headers_conformance,
    response_schema_conformance,
    unsupported_method,
]


# What files may be sent as, and the document says is bytes.
schemathesis.serializer.alias(
    [each for each in MEDIA_TYPES if each not in ("application/octet-stream", "text/csv")],
    "application/octet-stream",
)

# Here and not from the server, so that each operation is a test of its own; test_service.py tests
# that the server's document is this one.
_DOCUMENT = json.loads(
    (Path(__file__).parents[2] / "docs" / "reference" / "openapi.json").read_text()
)
# The key is sent by the test: what would be made in its place is refused before anything else.
for _operations in _DOCUMENT["paths"].values():
    for _described in _operations.values():
        del _described["security"]
schema = schemathesis.openapi.from_dict(_DOCUMENT)


@pytest.fixture(scope="module")
def server(tmp_path_factory):
    with running_server(tmp_path_factory.mktemp("server")) as server:
        yield server


@pytest.fixture(scope="module")
def key(tmp_path_factory):
    """A server that asks for a key, and a key with all scopes."""
    with running_server(tmp_path_factory.mktemp("keyed")) as server:
        with server.running("keys", "create", "fuzz", "--scope", "admin") as command:
            text = command.communicate(timeout=60)[0].strip()
        # An id that no request is likely to name: a key that was revoked would end the test.
        server.database.rows(f"UPDATE api_key SET id = {2**61 + secrets.randbits(60)} RETURNING id")
        yield server, {"Authorization": f"Bearer {text}"}


def call(case, server, headers=None):
    # A batch answers for each of its requests on its own, and /normalize for each value.
    told_apart = case.path in ("/identify/batch", "/normalize")
    refusal = [] if told_apart else [negative_data_rejection]
    return case.call_and_validate(base_url=server.url, headers=headers, checks=[*CHECKS, *refusal])


@schema.parametrize()
@settings(max_examples=over_http(40), deadline=None)
def test_every_answer_is_one_that_the_document_describes(case, server):
    call(case, server)


@schema.parametrize()
@settings(max_examples=over_http(12), deadline=None)
def test_every_answer_to_a_key_is_one_that_the_document_describes(case, key):
    server, headers = key
    assert call(case, server, headers).status_code != 401
