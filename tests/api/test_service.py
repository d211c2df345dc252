"""Health, documentation and what every answer carries."""

import keyword
from pathlib import Path

from django.db import connection
from django.db.migrations.recorder import MigrationRecorder

from reunite.api.http.documentation import document, document_bytes
from tests.api.operations import OPERATIONS

CHECKED_IN = Path(__file__).parents[2] / "docs" / "reference" / "openapi.json"


def test_a_process_is_alive_and_ready(client):
    assert client.get("/healthz").json() == {"status": "ok"}
    assert client.get("/readyz").json() == {"status": "ok"}


def test_a_database_that_is_not_migrated_is_not_ready(client):
    applied = MigrationRecorder(connection).migration_qs.filter(app="reunite")
    *_, last = applied.order_by("id")
    record = {"app": last.app, "name": last.name, "applied": last.applied}
    last.delete()

    response = client.get("/readyz")

    applied.create(**record)
    assert response.status_code == 503
    assert response.json()["code"] == "not_migrated"
    assert response["Retry-After"] == "1"


def test_the_openapi_document_is_the_one_in_the_repository(client):
    assert client.get("/openapi.json").content == document_bytes()
    assert CHECKED_IN.read_bytes() == document_bytes(), "run `make openapi` and look at the change"


def test_the_openapi_document_is_3_1_and_names_every_answer():
    assert document()["openapi"].startswith("3.1")
    responses = document()["paths"]["/identify"]["post"]["responses"]
    refusals = {"400", "401", "403", "406", "413", "415", "422", "429", "503"}
    assert set(responses) == {"200", *refusals}
    misspelt = document()["components"]["schemas"]["PersonAnswer"]["properties"]
    assert misspelt["primaryContatctId"]["deprecated"] is True


def test_the_document_suits_generators_of_clients():
    schemas = document()["components"]["schemas"]
    for operation in OPERATIONS:
        described = operation.described
        assert not keyword.iskeyword(described["operationId"])
        assert described.get("requestBody", {"required": True})["required"], operation
        assert bool(operation.media_types) == (operation.method in ("patch", "post", "put")), (
            operation
        )
        for each in described.get("parameters", []):
            if each["name"].lower().endswith("id") and each["name"] not in ("externalId", "feedId"):
                assert each["schema"]["type"] == "integer", operation
        headers = described["responses"].get("503", {}).get("headers", {"Retry-After"})
        assert "Retry-After" in headers, operation
        for _, properties in operation.bodies:
            assert not [name for name, each in properties.items() if "default" in each]
    for name, schema in schemas.items():
        for field, each in schema.get("properties", {}).items():
            if field == "id" and name != "NodeAnswer":
                assert each["type"] == "integer", name
    assert document()["servers"]
    assert len({each.described["operationId"] for each in OPERATIONS}) == len(OPERATIONS)


def test_the_example_of_the_document_works(client):
    body = document()["paths"]["/identify"]["post"]["requestBody"]["content"]["application/json"]
    (example,) = body["examples"].values()

    response = client.post("/identify", example["value"], content_type="application/json")

    assert response.status_code == 200
    assert response.json()["contact"]["emails"] == [example["value"]["email"]]


def test_the_documentation_page_asks_no_outside_address(client):
    page = client.get("/docs")
    script = client.get("/docs?script=")
    assets = [line for line in page.content.decode().split('"') if line.startswith("/static/")]

    assert page.status_code == script.status_code == 200
    assert b"http://" not in page.content
    assert b"https://" not in page.content
    assert len(assets) >= 3
    for asset in assets:
        response = client.get(asset)
        assert response.status_code == 200
        assert response.getvalue()
    assert "default-src 'self'" in page["Content-Security-Policy"]


def test_every_answer_carries_its_request_id_and_is_not_sniffed(client):
    response = client.get("/healthz", headers={"x-request-id": "order-17"})
    assert response["X-Request-Id"] == "order-17"
    assert response["X-Content-Type-Options"] == "nosniff"
