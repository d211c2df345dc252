"""The service against its own OpenAPI document: no answer that the document does not describe.

The server asks for a key, so each operation also takes the key that the document says.
"""

import secrets
from copy import deepcopy
from functools import cache

import pytest
from hypothesis import settings

from reunite.api.imports import MEDIA_TYPES
from tests.api.operations import DOCUMENT, OPERATIONS
from tests.effort import over_http
from tests.server import running_server


@pytest.fixture(scope="module")
def key(tmp_path_factory):
    """A server that asks for a key, and a key with all scopes."""
    with running_server(tmp_path_factory.mktemp("keyed")) as server:
        with server.running("keys", "create", "fuzz", "--scope", "admin") as command:
            text = command.communicate(timeout=60)[0].strip()
        # An id that no request is likely to name: a key that was revoked would end the test.
        server.database.rows(f"UPDATE api_key SET id = {2**61 + secrets.randbits(60)} RETURNING id")
        yield server, {"Authorization": f"Bearer {text}"}


@cache
def schema():
    import schemathesis  # It takes a second, and each process collects this module.

    # What files may be sent as, and the document says is bytes.
    schemathesis.serializer.alias(
        [each for each in MEDIA_TYPES if each not in ("application/octet-stream", "text/csv")],
        "application/octet-stream",
    )
    document = deepcopy(DOCUMENT)
    # The key is sent by the test: what would be made in its place is refused before anything else.
    for operations in document["paths"].values():
        for described in operations.values():
            del described["security"]
    # Where a policy declares no kinds, as here, they are a name like any that is not known.
    for described in document["components"]["schemas"].values():
        if "maxProperties" in described.get("properties", {}).get("identifiers", {}):
            described["properties"]["identifiers"] = {}
    return schemathesis.openapi.from_dict(document)


def send_all(label, times, send):
    """Send what Schemathesis makes for one operation: its examples, edge cases and random ones.

    As its own plugin does for all operations, in each process that collects the tests.
    """
    from schemathesis.checks import load_all_checks
    from schemathesis.generation.feedback import FeedbackSources
    from schemathesis.pytest._test_builder import build_operation_test
    from schemathesis.python._constants.orchestrator import make_constants_value_source

    load_all_checks()
    build_operation_test(
        config=schema().config,
        operation=schema().find_operation_by_label(label),
        test_func=settings(max_examples=over_http(times), deadline=None)(send),
        given_kwargs={},
        feedback=FeedbackSources(constants_value_source=make_constants_value_source(schema())),
    )()


def call(case, server, headers):
    from schemathesis.checks import not_a_server_error
    from schemathesis.specs.openapi import checks

    # A batch answers for each of its requests on its own, and /normalize for each value.
    told_apart = case.path in ("/identify/batch", "/normalize")
    return case.call_and_validate(
        base_url=server.url,
        headers=headers,
        checks=[
            not_a_server_error,
            checks.status_code_conformance,
            checks.content_type_conformance,
            checks.response_headers_conformance,
            checks.response_schema_conformance,
            checks.unsupported_method,
            *([] if told_apart else [checks.negative_data_rejection]),
        ],
    )


@pytest.mark.parametrize("label", list(map(str, OPERATIONS)))
def test_every_answer_is_one_that_the_document_describes(label, key):
    server, headers = key

    def send(case):
        assert call(case, server, headers).status_code != 401

    send_all(label, 40, send)
