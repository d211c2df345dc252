"""No operation reads, counts, links or changes anything of another workspace.

Each operation of the OpenAPI document is asked three times, by keys that may do all in their
workspaces. The first workspace is empty, and nobody else has anything. Then another workspace has
something of everything, and a second empty workspace asks with the ids and the values of the
other: its answer must be the first one. At last the owner asks, and must get another answer than a
refusal: otherwise the first two requests would show nothing.
"""

import json
import re

import pytest
from django.apps import apps

from reunite.core.access.callers import KeyScope
from reunite.core.imports.files import Columns
from reunite.core.imports.states import ImportState
from reunite.core.policy.policy import Policy
from reunite.core.scope import Scope
from reunite.models import (
    ApiKey,
    Contact,
    Import,
    Link,
    Numbered,
    Repair,
    Separation,
    Unnumbered,
    Webhook,
    Workspace,
)
from reunite.services.access.keys import create_key
from reunite.services.access.workspaces import create_workspace
from reunite.services.identify.identify import identify
from reunite.services.imports import progress
from reunite.services.imports.uploads import Upload, how_to_read, receive, upload_folder
from reunite.services.policy.change import change_policy
from reunite.services.repair.delete import delete_contact
from reunite.services.repair.erase import erase
from reunite.services.repair.links import revoke_link
from reunite.services.repair.retire import retire
from reunite.services.repair.separate import separate
from reunite.services.webhooks.deliveries import make_deliveries
from reunite.services.webhooks.webhooks import create_webhook
from reunite.store.database.queries import outside
from reunite.store.tables import imports
from tests.api.operations import JSON, OPERATIONS
from tests.scopes import SCOPE

KNOWN = {"email": "lorraine@hillvalley.edu", "phoneNumber": "123456"}
NOBODY = 99_999_998
BODIES = {
    "identify": KNOWN,
    "identifyBatch": {"requests": [KNOWN]},
    "resolve": KNOWN,
    "findPersons": {"text": KNOWN["email"]},
    "searchPersons": {"email": KNOWN["email"]},
    "explain": {"from": {"email": KNOWN["email"]}, "to": {"phoneNumber": KNOWN["phoneNumber"]}},
    "normalize": KNOWN,
    "retireIdentifier": {"phoneNumber": KNOWN["phoneNumber"]},
    "restoreIdentifier": {"phoneNumber": "800500"},
    "createKey": {"name": "shop", "scopes": ["read"]},
    "createWorkspace": {"name": "another"},
    "createWebhook": {"url": "https://shop.example/"},
    "changeWebhook": {"url": "https://other.example/"},
    "replayEvents": {"first": 1, "last": 1},
}
OF_TWO = {"join", "separate"}
CSV = b"email\nmarty@hillvalley.edu\n"
# Where an answer has these, their numbers differ from one workspace to the next.
ID = re.compile(r"(^id|Id|Ids|next)$")
TOLD = re.compile(r"ru_\w+|whsec_[\w+/=]+|\d{4}-\d\d-\d\dT[\d:.]+Z|/\d+\b|\b(?:[0-9a-f]{8}){1,2}\b")
KEYED = [each for each in OPERATIONS if each.described["security"]]
# Only a key of the default workspace may: others get 403, whatever there is.
FORBIDDEN_TO_OTHERS = {"createWorkspace", "readMetrics"}


@pytest.fixture(autouse=True)
def folder(settings, tmp_path):
    settings.REUNITE = {**settings.REUNITE, "IMPORT_FOLDER": str(tmp_path / "imports")}


def fill():
    """Let the default workspace have something of everything."""
    create_webhook(SCOPE, "https://shop.example/")
    two = identify(SCOPE, "george@hillvalley.edu", "717171").person.id
    identify(SCOPE, KNOWN["email"], None)
    identify(SCOPE, None, KNOWN["phoneNumber"])
    identify(SCOPE, KNOWN["email"], KNOWN["phoneNumber"])
    held = identify(SCOPE, "biff@hillvalley.edu", None).person.id
    separate(SCOPE, two, held)
    identify(SCOPE, "biff@hillvalley.edu", "717171")
    revoked = identify(SCOPE, "stella@hillvalley.edu", None).person.id
    identify(SCOPE, None, "414141")
    identify(SCOPE, "stella@hillvalley.edu", "414141")
    revoke_link(SCOPE, Link.objects.filter(state="live").latest("id").id)
    retire(SCOPE, None, "800500")
    delete_contact(SCOPE, identify(SCOPE, "deleted@hillvalley.edu", None).person.id)
    erase(SCOPE, identify(SCOPE, "erased@hillvalley.edu", None).person.id)
    change_policy(SCOPE, Policy())
    reading = how_to_read("orders.csv", columns=Columns())
    receive(SCOPE, "orders.csv", reading, [CSV], size_bytes=len(CSV))
    done = imports.insert(SCOPE, outside, "digest", "old.csv", state=ImportState.DONE)
    Upload(upload_folder(), done).refused_path.write_text("file,line,reason\n")
    tried = receive(SCOPE, "tried.csv", reading, [CSV], size_bytes=len(CSV), is_dry=True)
    progress.begin_attempt(tried.id)
    progress.finish(tried.id)
    assert revoked
    assert make_deliveries()


def ids_of(path):
    """The ids of the owner that an operation at this path may be about."""
    rows = {
        "persons": Contact,
        "contacts": Contact,
        "links": Link,
        "separations": Separation,
        "repairs": Repair,
        "imports": Import,
        "keys": ApiKey,
        "webhooks": Webhook,
    }[path.split("/")[1]]
    return list(rows.objects.filter(workspace_id=0).order_by("id").values_list("id", flat=True))


def requests_of(operation, ids, contacts):
    """The requests of an operation: a path, and a body or None."""
    name = operation.described["operationId"]
    body = BODIES.get(name, {}) if operation.writes else None
    if name in OF_TWO:
        body = {"contactIds": contacts[-2:]}
    for id in ids if "{id}" in operation.path else [None]:
        path = operation.path.replace("{id}", str(id))
        if name == "uploadFile":
            yield f"{path}?name=orders.csv", CSV
        elif name == "splitPerson":
            for contact in contacts:
                yield path, {"contactIds": [contact]}
        elif name == "explainContacts":
            yield f"{path}?from={id}&to={id}", None
        else:
            yield path, body
        for each in ["personId"] if "personId" in {p["name"] for p in operation.parameters} else []:
            for contact in contacts:
                yield f"{path}?{each}={contact}", body


def ask(client, key, operation, path, body):
    return client.generic(
        operation.method.upper(),
        path,
        body if isinstance(body, bytes) else b"" if body is None else json.dumps(body).encode(),
        content_type="text/csv" if isinstance(body, bytes) else JSON,
        headers={"Authorization": f"Bearer {key}", "X-Request-Id": "asked"},
    )


def comparable(answered, workspace):
    """The status and the answer, without ids and times, which differ from row to row."""
    if not answered.content:
        return answered.status_code, None
    text = b"".join(answered) if answered.streaming else answered.content
    return answered.status_code, _without_ids(json.loads(text), workspace)


def _without_ids(value, workspace, is_id=False):
    match value:
        case dict():
            return {name: _without_ids(v, workspace, ID.search(name)) for name, v in value.items()}
        case list():
            return [_without_ids(each, workspace, is_id) for each in value]
        case str():
            return TOLD.sub("…", value).replace(workspace, "own")
        case int() if is_id:
            return "id"
    return value


def empty_workspace(name):
    """A workspace with nothing but a key that may do all in it."""
    workspace = create_workspace(SCOPE, name).workspace
    return create_key(Scope(workspace.id), "admin", [KeyScope.ADMIN]).text


def rows_of_owner():
    """All that the default workspace has, and all that names no workspace."""
    found = {}
    for model in apps.get_app_config("reunite").get_models():
        rows = model.objects.order_by("pk")
        names = {field.attname for field in model._meta.concrete_fields}
        if model in (Numbered, Unnumbered):
            continue  # Whoever reads the feed numbers the events of all.
        if model is Workspace:
            rows = rows.filter(pk=0)
        elif "workspace_id" in names:
            rows = rows.filter(workspace_id=0)
        found[model.__name__] = list(rows.values(*sorted(names - {"last_used_at"})))
    return found


@pytest.mark.parametrize("operation", KEYED, ids=str)
def test_an_operation_shows_and_changes_nothing_of_another_workspace(operation, client):
    owner = create_key(SCOPE, "owner", [KeyScope.ADMIN]).text
    first = empty_workspace("first")
    before = [
        comparable(ask(client, first, operation, *each), "first")
        for each in requests_of(operation, [NOBODY], [NOBODY, NOBODY + 1])
    ]
    fill()
    second = empty_workspace("second")
    ids = ids_of(operation.path) if "{id}" in operation.path else [None]
    contacts = ids_of("/contacts")
    primaries = Contact.objects.filter(linked=None, deleted_at=None).order_by("id")
    two = list(primaries.values_list("id", flat=True))[-2:]
    contacts = [each for each in contacts if each not in two] + two
    kept = rows_of_owner()
    asked = list(requests_of(operation, ids, contacts))

    for path, body in asked:
        answered = comparable(ask(client, second, operation, path, body), "second")
        assert answered in before, path
        if "{id}" in operation.path:
            assert answered[0] == 404, path
        elif operation.described["operationId"] not in FORBIDDEN_TO_OTHERS:
            assert answered[0] not in (400, 401, 403, 409, 410), path

    assert rows_of_owner() == kept
    assert asked
    statuses = []
    for each in asked:
        answer = ask(client, owner, operation, *each)
        statuses.append(answer.status_code)
        answer.close()  # It may be a file.
    assert min(statuses) < 300
