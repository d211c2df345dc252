"""The client has each operation of the OpenAPI document, and imports nothing of the server."""

import inspect
import json
import re
import subprocess
import sys

import pytest

from reunite.client import AsyncClient, Client
from tests.docs.documents import DOCS, ROOT
from tools.client import CLIENT, sources

DOCUMENT = json.loads((DOCS / "reference" / "openapi.json").read_text())
OPERATIONS = [
    operation["operationId"]
    for methods in DOCUMENT["paths"].values()
    for operation in methods.values()
]


@pytest.mark.parametrize("client", [Client, AsyncClient])
def test_it_has_a_method_for_each_operation(client):
    names = {re.sub(r"(?<=[a-z])(?=[A-Z])", "_", each).lower() for each in OPERATIONS}
    assert names <= set(dir(client))
    for name in names:
        is_awaited = inspect.iscoroutinefunction(getattr(client, name))
        assert is_awaited == (client is AsyncClient)


def test_its_operations_are_those_of_the_document():
    for module, source in sources().items():
        assert (ROOT / CLIENT / f"{module}.py").read_text() == source, "run `make openapi`"


def test_it_imports_nothing_of_the_server():
    script = "import reunite.client, sys; print(*sys.modules)"
    done = subprocess.run(
        [sys.executable, "-c", script], capture_output=True, text=True, check=True, timeout=60
    )
    imported = set(done.stdout.split())
    assert "reunite.client.operations" in imported
    assert not imported & {"django", "psycopg", "phonenumbers", "re2", "orjson", "duckdb"}
    assert {each for each in imported if each.startswith("reunite.")} == {
        each for each in imported if each.startswith("reunite.client")
    }


def test_it_says_what_to_install():
    script = "import sys; sys.modules['httpx2'] = None; import reunite.client"
    done = subprocess.run(
        [sys.executable, "-c", script], capture_output=True, text=True, check=False, timeout=60
    )
    assert done.returncode == 1
    assert "pip install 'reunite[client]'" in done.stderr
