"""Who is let in by a new server, on loopback and on a network; and `reunite check --deploy`."""

import os
import subprocess

import pytest

from tests.server import REUNITE, Server, fresh_database, request

pytestmark = pytest.mark.any_database

ALL = "0.0.0.0"  # noqa: S104  # That others reach it is what is tested.
SECRET = "of-a-test" * 4
BODY = b'{"email": "mcfly@hillvalley.edu"}'


@pytest.fixture
def database(tmp_path):
    with fresh_database(tmp_path) as database:
        yield database


def run(database, *arguments, **variables):
    return subprocess.run(
        [*REUNITE, *arguments],
        env={
            **os.environ,
            "DJANGO_SETTINGS_MODULE": "reunite_service.settings",
            "DATABASE_URL": database.url,
            "PORT": "0",
            "WORKERS": "1",
            "IMPORT_WORKER": "0",
            **variables,
        },
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )


def create(database, *arguments):
    done = run(database, "keys", "create", *arguments)
    assert done.returncode == 0, done.stderr
    return done.stdout.strip()


def status(server, key=None):
    headers = [] if key is None else [f"Authorization: Bearer {key}"]
    return server.exchange(request(BODY, headers=headers)).status


@pytest.fixture
def serving(database, tmp_path):
    servers = []

    def serve(**variables):
        servers.append(Server(database, tmp_path, **variables))
        servers[-1].start()
        return servers[-1]

    yield serve
    for each in servers:
        each.close()


@pytest.mark.parametrize("host", [ALL, "::"])
def test_a_server_that_others_reach_does_not_start_without_a_key(database, host):
    refused = run(database, "serve", HOST=host)
    assert refused.returncode == 1
    (line,) = refused.stderr.strip().splitlines()
    for remedy in ("reunite keys create", "REUNITE_BOOTSTRAP_KEY_FILE", "PROXY_AUTHENTICATES=true"):
        assert remedy in line


def test_on_loopback_all_is_open_until_there_is_a_key(database, serving):
    server = serving()
    assert status(server) == 200
    server.stop()
    key = create(database, "shop", "--scope", "identify")
    server.start()
    assert (status(server), status(server, key)) == (401, 200)


def test_with_a_key_a_server_starts_on_all_addresses(database, serving):
    key = create(database, "shop", "--scope", "identify")
    server = serving(HOST=ALL)
    assert (status(server), status(server, key)) == (401, 200)


def test_a_server_that_loses_its_keys_answers_nobody_on_a_network(database, serving):
    create(database, "shop", "--scope", "identify")
    server = serving(HOST=ALL)
    database.rows("DELETE FROM api_key RETURNING id")
    assert status(server) == 401


def test_the_bootstrap_key_makes_the_first_key_and_ends(database, serving, tmp_path):
    file = tmp_path / "bootstrap"
    file.write_text(f"{SECRET}\n")
    server = serving(HOST=ALL, REUNITE_BOOTSTRAP_KEY_FILE=str(file))
    assert (status(server), status(server, SECRET)) == (401, 200)

    body = b'{"name": "shop", "scopes": ["identify"]}'
    bearer = f"Authorization: Bearer {SECRET}"
    created = server.exchange(request(body, path="/keys", headers=[bearer]))
    assert created.status == 201
    assert status(server, SECRET) == 401
    assert database.rows("SELECT created_by FROM api_key") == [("bootstrap",)]


def test_a_proxy_that_authenticates_must_be_named(serving):
    assert status(serving(HOST=ALL, PROXY_AUTHENTICATES="true")) == 200


@pytest.mark.parametrize(
    ("variables", "said"),
    [
        ({"REUNITE_BOOTSTRAP_KEY": "short"}, "shorter than 32"),
        ({"REUNITE_BOOTSTRAP_KEY": "ru_" + "x" * 40}, "begins with ru_"),
        ({"REUNITE_BOOTSTRAP_KEY_FILE": "/nowhere"}, "REUNITE_BOOTSTRAP_KEY_FILE cannot be read"),
        ({"SECRET_KEY": SECRET, "SECRET_KEY_FILE": "/nowhere"}, "both set"),
        ({"SECRET_KEY_FILE": "/nowhere"}, "SECRET_KEY_FILE cannot be read"),
    ],
)
def test_a_secret_that_cannot_be_is_told_without_its_value(database, variables, said):
    refused = run(database, "serve", **variables)
    assert refused.returncode == 1
    assert said in refused.stderr
    assert SECRET not in refused.stderr


def test_the_address_of_the_database_may_be_in_a_file(database, tmp_path):
    file = tmp_path / "url"
    file.write_text(database.url)
    done = run(database, "workspaces", "list", DATABASE_URL="", DATABASE_URL_FILE=str(file))
    assert (done.returncode, done.stdout[:10]) == (0, "0  default")


def test_keys_are_listed_and_revoked_by_command(database):
    key = create(database, "shop", "--scope", "identify", "--scope", "read", "--days", "90")
    short = key.split("_")[1]
    listed = run(database, "keys", "list").stdout
    assert listed.startswith(f"{short}  shop  [identify read]  created ")
    assert ", expires " in listed
    assert key not in listed
    assert "is revoked" in run(database, "keys", "revoke", short).stdout
    leaked = create(database, "leaked", "--scope", "read")
    assert "(leaked) is revoked" in run(database, "keys", "revoke", leaked).stdout
    assert ", revoked " in run(database, "keys", "list").stdout


def test_workspaces_are_created_and_listed_by_command(database):
    assert "(shop-de) is created" in run(database, "workspaces", "create", "shop-de").stdout
    create(database, "shop", "--scope", "read", "--workspace", "shop-de")
    assert run(database, "keys", "list").stdout == ""
    assert " shop " in run(database, "keys", "list", "--workspace", "shop-de").stdout
    assert len(run(database, "workspaces", "list").stdout.splitlines()) == 2


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["keys", "create", "", "--scope", "read"], "No name"),
        (["keys", "create", "shop", "--scope", "read", "--days", "0"], "--days must be from 1"),
        (["keys", "list", "--workspace", "shop-fr"], "no workspace with that name"),
        (["keys", "revoke", "00000000"], "`reunite keys list` lists its keys, and --workspace"),
        (["workspaces", "create", "default"], "workspace with that name already"),
        (["workspaces", "create", " "], "No name"),
    ],
)
def test_a_mistake_of_a_command_is_told(database, arguments, said):
    refused = run(database, *arguments)
    assert refused.returncode == 1
    (line,) = refused.stderr.strip().splitlines()
    assert said in line


def unsafe(database, **variables):
    done = run(database, "check", "--deploy", **variables)
    found = {line.partition(":")[0] for line in done.stdout.splitlines()}
    assert done.returncode == (1 if found else 0), done.stderr
    return found


def test_what_is_unsafe_is_listed_with_its_remedy(database, tmp_path):
    key_file = tmp_path / "erasure-key"
    key_file.write_text("k" * 40)
    key_file.chmod(0o644)
    safe = {
        "ERASURE_KEY_FILE": str(key_file),
        "ALLOWED_HOSTS": "shop.example",
        "WEBHOOK_KEY": SECRET,
    }

    assert unsafe(database, **safe) == {"reunite.W010", "reunite.W014"}
    key_file.chmod(0o600)
    create(database, "shop", "--scope", "read")
    assert unsafe(database, **safe) == set()
    assert unsafe(database, **safe, REUNITE_BOOTSTRAP_KEY=SECRET) == {"reunite.W011"}
    assert unsafe(database, **safe, PROXY_AUTHENTICATES="1") == {"reunite.W012"}
    assert unsafe(database, **{**safe, "ALLOWED_HOSTS": "*"}) == {"reunite.W013"}
    on_network = {**safe, "HOST": "shop.example", "REQUESTS_PER_SECOND": "0"}
    assert unsafe(database, **on_network) == {"reunite.W016"}
    without = {**safe, "ERASURE_KEY_FILE": "", "ERASURE_KEY": ""}
    assert unsafe(database, **without) == {"reunite.W017"}
    assert unsafe(database, **{**without, "ERASURE_KEY": SECRET}) == set()
    assert unsafe(database, **{**safe, "WEBHOOK_KEY": ""}) == {"reunite.W018"}


@pytest.mark.parametrize(
    ("host", "options", "is_unsafe"),
    [
        ("db.example", {}, True),
        ("10.0.0.7", {"sslmode": "prefer"}, True),
        ("db.example", {"sslmode": "verify-full"}, False),
        ("127.0.0.1", {}, False),
        ("localhost", {}, False),
        ("/run/postgresql", {}, False),
        ("", {}, False),
    ],
)
def test_a_database_elsewhere_needs_an_encrypted_connection(host, options, is_unsafe, monkeypatch):
    from django.db import connection

    from reunite import deploy

    monkeypatch.setitem(connection.settings_dict, "HOST", host)
    monkeypatch.setitem(connection.settings_dict, "OPTIONS", options)
    found = [each.id for each in deploy._database()]
    assert found == (["reunite.W015"] if is_unsafe and connection.vendor == "postgresql" else [])
