"""A client that openapi-python-client makes of the OpenAPI document sends the README's requests."""

import importlib
import re
import subprocess
import sys
from pathlib import Path

import pytest

from reunite.api.http.documentation import document
from tests.clients.readme import examples
from tests.docs.documents import DOCS
from tests.server import running_server

pytestmark = pytest.mark.thorough  # The document changes seldom.

GENERATOR = Path(sys.executable).with_name("openapi-python-client")


@pytest.fixture(scope="module")
def package(tmp_path_factory):
    """The name of the generated package, which can be imported."""
    folder = tmp_path_factory.mktemp("client")
    done = subprocess.run(
        [
            *(GENERATOR, "generate", "--meta", "none"),
            *("--path", DOCS / "reference" / "openapi.json"),
            *("--output-path", folder / "reunite_client"),
        ],
        capture_output=True,
        text=True,
        timeout=120,
        check=True,
    )
    # Of the types that a file may be sent as, it can send one.
    parts_left_out = re.findall(r"WARNING parsing (.*) within", done.stdout)
    assert set(parts_left_out) <= {"POST /imports"}
    with pytest.MonkeyPatch.context() as patch:
        patch.syspath_prepend(str(folder))
        yield "reunite_client"


def test_it_sends_the_requests_of_the_readme(package, tmp_path):
    def call(path, method, client, **arguments):
        described = document()["paths"][path][method]
        module = re.sub(r"(?<=[a-z])(?=[A-Z])", "_", described["operationId"]).lower()
        (tag,) = described["tags"]
        operation = importlib.import_module(f"{package}.api.{tag}.{module}")
        if "body" in arguments:
            content = described["requestBody"]["content"]["application/json"]["schema"]
            name = content.get(
                "$ref", f"/{described['operationId'][0].upper()}{described['operationId'][1:]}Body"
            ).rpartition("/")[2]
            models = importlib.import_module(f"{package}.models")
            arguments["body"] = getattr(models, name).from_dict(arguments["body"])
        return operation.sync_detailed(client=client, **arguments)

    Client = importlib.import_module(f"{package}").Client  # noqa: N806  # It is a class.
    with running_server(tmp_path) as server, Client(base_url=server.url) as client:
        sent = examples()
        for each in sent:
            id = {} if each.id is None else {"id": each.id}
            response = call(each.path, "post", client, body=each.body, **id)
            assert response.status_code == 200
            assert response.parsed.to_dict() == each.answer
        assert len(sent) >= 5

        shown = call("/persons/{id}", "get", client, id=1).parsed
        assert shown.contact.primary_contact_id == 1
        chain = call("/persons/{id}/explain", "get", client, id=1, from_=1, to=1).parsed
        assert chain.connected
        revoked = importlib.import_module(f"{package}.models").ListLinksState.REVOKED
        (link,) = call("/links", "get", client, person_id=1, state=revoked).parsed.links
        assert link.person_ids == [1, 2]
        erased = call("/persons/{id}/erase", "post", client, id=1, body={})
        assert erased.status_code == 200
        assert erased.parsed.erased_contact_ids == [1]
        missing = call("/persons/{id}", "get", client, id=99_999_999)
        assert missing.status_code == 404
        assert missing.parsed.code == "person_not_found"
