"""The service against its own OpenAPI document: no answer that the document does not describe."""

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
schema = schemathesis.openapi.from_path(
    Path(__file__).parents[2] / "docs" / "reference" / "openapi.json"
)


@pytest.fixture(scope="module")
def server(tmp_path_factory):
    with running_server(tmp_path_factory.mktemp("server")) as server:
        yield server


@schema.parametrize()
@settings(max_examples=over_http(40), deadline=None)
def test_every_answer_is_one_that_the_document_describes(case, server):
    # A batch answers for each of its requests on its own, and /normalize for each value.
    told_apart = case.path in ("/identify/batch", "/normalize")
    refusal = [] if told_apart else [negative_data_rejection]
    case.call_and_validate(base_url=server.url, checks=[*CHECKS, *refusal])
