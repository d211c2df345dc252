"""The sample for nginx in front of a real server, by TLS, at the root and under a path."""

import json
import os
import re
import ssl
import subprocess
from contextlib import closing, contextmanager
from http.client import HTTPSConnection
from pathlib import Path

import pytest

from tests.docs.documents import Document
from tests.server import (
    HOST,
    Database,
    Server,
    _wait_until,
    free_port,
    own_postgresql,
    running_server,
)
from tools.debian import find

ROOT = Path(__file__).parents[2]
SAMPLE = (ROOT / "deploy" / "nginx" / "reunite.conf").read_text()
DEPLOY = ROOT / "docs" / "how-to" / "deploy.md"
NAME = "reunite.internal.example"
MAIN = """
daemon off;
pid nginx.pid;
error_log error.log;
events {{ worker_connections 64; }}
http {{
    access_log off;
    client_body_temp_path body; proxy_temp_path proxy; fastcgi_temp_path fastcgi;
    uwsgi_temp_path uwsgi; scgi_temp_path scgi;
    {}
}}
"""

pytestmark = pytest.mark.skipif(find("nginx") is None, reason="there is no nginx here")


@contextmanager
def nginx(folder, sample, server):
    """nginx with the sample, its addresses and its certificate changed; the port it listens at."""
    port = free_port()
    (folder / "tls").mkdir(parents=True)
    subprocess.run(
        [
            *("openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256"),
            *(
                "-nodes",
                "-days",
                "1",
                "-subj",
                f"/CN={NAME}",
                "-addext",
                f"subjectAltName=DNS:{NAME}",
            ),
            *("-keyout", folder / "tls" / "key.pem", "-out", folder / "tls" / "certificate.pem"),
        ],
        check=True,
        capture_output=True,
    )
    changed = (
        sample.replace("443 ssl", f"{HOST}:{port} ssl")
        .replace("127.0.0.1:8000", ":".join(map(str, server.address)))
        .replace("/etc/reunite/tls", str(folder / "tls"))
    )
    (folder / "nginx.conf").write_text(MAIN.format(changed))
    (folder / "logs").mkdir()
    command = [find("nginx"), "-p", folder, "-c", folder / "nginx.conf"]
    with subprocess.Popen(command, stderr=subprocess.PIPE) as process:
        try:
            client = Client(folder, port)
            _wait_until(client.is_there, "nginx listens", server)
            yield client
        finally:
            process.terminate()


class Client:
    """Asks nginx by TLS, and trusts its certificate alone."""

    def __init__(self, folder, port):
        self._port = port
        self._trusted = ssl.create_default_context(cafile=folder / "tls" / "certificate.pem")

    def ask(self, method, path, body=None, **headers):
        """The status, the headers and the content of an answer."""
        connection = HTTPSConnection(NAME, self._port, context=self._trusted, timeout=30)
        connection._create_connection = _to_this_machine
        try:
            named = {name.replace("_", "-"): value for name, value in headers.items()}
            connection.request(method, path, body, {"Host": NAME, **named})
            answer = connection.getresponse()
            return answer.status, answer.headers, answer.read()
        finally:
            connection.close()

    def identify(self, prefix="", *, host=NAME, **headers):
        status, headers, body = self.ask(
            *("POST", f"{prefix}/identify", json.dumps({"email": "mcfly@hillvalley.edu"})),
            Host=host,
            Content_Type="application/json",
            Origin=f"https://{host}",
            **headers,
        )
        return status, headers, json.loads(body)

    def is_there(self):
        try:
            self.ask("GET", "/healthz")
        except OSError:
            return False
        return True


def _to_this_machine(address, *arguments, **options):
    import socket

    return socket.create_connection((HOST, address[1]), *arguments, **options)


def under_a_path():
    """The sample with its second pair of locations in place of the first."""
    text = re.sub(
        r"\n    location / \{.*?\n    # Instead", "\n    # Instead", SAMPLE, flags=re.DOTALL
    )
    return re.sub(r"^    # (?=location|    \w|\})", "    ", text, flags=re.MULTILINE)


def test_requests_go_through(tmp_path):
    with (
        running_server(tmp_path, ALLOWED_HOSTS=f"{NAME},{HOST}") as server,
        nginx(tmp_path, SAMPLE, server) as client,
    ):
        status, headers, answer = client.identify()
        assert (status, answer["contact"]["emails"]) == (200, ["mcfly@hillvalley.edu"])
        assert re.fullmatch(r"[0-9a-f]{32}", headers["X-Request-Id"])
        assert headers["Strict-Transport-Security"]

        foreign = client.ask("GET", "/healthz", Origin="https://elsewhere.example")
        assert foreign[0] == 200
        assert client.ask("POST", "/identify", "{}", Origin="https://elsewhere.example")[0] == 403

        too_large = client.ask("POST", "/identify", b" " * 2_000_000)
        assert too_large[0] == 413
        rows = "email\n" + "\n".join(f"shopper{number}@hillvalley.edu" for number in range(60_000))
        assert len(rows) > 1024 * 1024
        uploaded = client.ask("POST", "/imports?name=orders.csv", rows, Content_Type="text/csv")
        assert uploaded[0] == 202, uploaded[2]


@contextmanager
def another_database(folder):
    """A database without tables, in PostgreSQL on a server of its own, too."""
    if os.environ.get("DATABASE_URL", "").startswith("postgres"):
        with own_postgresql() as url:
            yield Database(url)
    else:
        yield Database(f"sqlite:///{folder / 'other.sqlite3'}")


def make_key(server):
    with server.running("keys", "create", "shop", "--scope", "identify") as command:
        return command.communicate()[0].strip()


def with_two_databases(*servers):
    """The sample with the upstreams of the document in place of its own."""
    (upstreams,) = [block.text for block in Document(DEPLOY).blocks if block.language == "nginx"]
    for number, server in enumerate(servers, start=1):
        upstreams = upstreams.replace(f"10.0.0.{number}:8000", ":".join(map(str, server.address)))
    changed = re.sub(r"upstream reunite \{.*?\n\}\n", upstreams, SAMPLE, flags=re.DOTALL)
    return changed.replace("http://reunite;", "http://$reunite;")


def test_the_host_chooses_the_database_of_a_workspace(tmp_path):
    names = [f"shop-{country}.{NAME}" for country in ("de", "fr")]
    hosts = {"ALLOWED_HOSTS": ",".join([*names, HOST])}
    with (
        running_server(tmp_path, **hosts) as german,
        another_database(tmp_path) as database,
        closing(Server(database, tmp_path, **hosts)) as french,
    ):
        french.start()
        keys = [make_key(server) for server in (german, french)]
        with nginx(tmp_path, with_two_databases(german, french), german) as client:
            for name, key in zip(names, keys, strict=True):
                status, _, answer = client.identify(host=name, Authorization=f"Bearer {key}")
                assert (status, answer["contact"]["primaryContactId"]) == (200, 1)
            status, _, answer = client.identify(host=names[1], Authorization=f"Bearer {keys[0]}")
            assert (status, answer["code"]) == (401, "key_unknown")
        for server in (german, french):
            assert len(server.database.contacts()) == 1


def test_it_serves_under_a_path(tmp_path):
    with (
        running_server(tmp_path, ALLOWED_HOSTS=f"{NAME},{HOST}", PATH_PREFIX="/reunite") as server,
        nginx(tmp_path, under_a_path(), server) as client,
    ):
        status, _, answer = client.identify("/reunite")
        assert (status, answer["contact"]["emails"]) == (200, ["mcfly@hillvalley.edu"])
        # Beside the path there is nothing of Reunite.
        assert "X-Request-Id" not in client.ask("GET", "/readyz")[1]
        assert client.ask("GET", "/reunite/readyz")[0] == 200

        document = json.loads(client.ask("GET", "/reunite/openapi.json")[2])
        assert document["servers"][0]["url"] == "/reunite/"
        page = client.ask("GET", "/reunite/docs")[2].decode()
        scripts = re.findall(r'(?:src|href)="(/[^"]+)"', page)
        assert scripts
        for each in scripts:
            assert each.startswith("/reunite/")
            assert client.ask("GET", each)[0] == 200, each

        stripping = under_a_path().replace(
            "proxy_pass http://reunite;", "proxy_pass http://reunite/;", 1
        )
        with nginx(tmp_path / "second", stripping, server) as other:
            assert other.identify("/reunite")[0] == 200
