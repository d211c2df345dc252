"""The sample for nginx in front of a real server, by TLS, at the root and under a path."""

import json
import re
import ssl
import subprocess
from contextlib import contextmanager
from http.client import HTTPSConnection
from pathlib import Path

import pytest

from tests.server import HOST, _free_port, _wait_until, running_server
from tools.debian import find

SAMPLE = (Path(__file__).parents[2] / "deploy" / "nginx" / "reunite.conf").read_text()
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
    port = _free_port()
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

    def identify(self, prefix=""):
        status, headers, body = self.ask(
            *("POST", f"{prefix}/identify", json.dumps({"email": "mcfly@hillvalley.edu"})),
            Content_Type="application/json",
            Origin=f"https://{NAME}",
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
