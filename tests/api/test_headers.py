"""What the server makes of headers before Django sees them."""

import pytest

from tests.server import request, running_server

pytestmark = pytest.mark.any_database


@pytest.fixture(scope="module")
def server(tmp_path_factory):
    with running_server(tmp_path_factory.mktemp("server")) as server:
        yield server


def answer(server, *headers, **how):
    how = {"path": "/healthz"} | how
    return server.exchange(request(method="GET", headers=headers, **how))


def test_an_underscore_does_not_stand_for_a_hyphen(server):
    assert answer(server, "X_Request_Id: forged").headers["X-Request-Id"] != "forged"
    both = answer(server, "X-Request-Id: mine", "X_Request_Id: forged")
    assert both.headers["X-Request-Id"] == "mine"


def test_a_length_with_an_underscore_is_no_length(server):
    sent = request(b'{"email": "a@x.example"}', headers=["Content_Length: 2"])
    assert server.exchange(sent).status == 200


@pytest.mark.parametrize("host", ["localhost\xff", "\xfflocalhost", "evil.example", ""])
def test_a_host_that_is_not_allowed_is_refused_however_it_is_spelt(server, host):
    assert answer(server, host=host).status == 400


@pytest.mark.parametrize("second", ["evil.example", "localhost"])
@pytest.mark.parametrize("path", ["/healthz", "http://localhost/healthz"])
def test_a_second_host_is_refused(server, second, path):
    assert answer(server, f"Host: {second}", path=path).status == 400


@pytest.mark.parametrize(
    ("line", "status"),
    [
        ("GET /healthz HTTP/1.1", 400),
        ("GET /no/where HTTP/1.1", 400),
        ("GET http://evil.example/healthz HTTP/1.1", 400),
        ("GET /persons/largest HTTP/1.0", 400),
        ("GET /no/where HTTP/1.0", 400),
        ("POST /identify HTTP/1.0", 400),
        # HTTP/1.0 knows no Host; load balancers use it to ask whether a server is alive.
        ("GET /healthz HTTP/1.0", 200),
        ("GET /readyz HTTP/1.0", 200),
        ("GET http://evil.example/healthz HTTP/1.0", 400),
        ("GET http://localhost/persons/largest HTTP/1.0", 200),
    ],
)
def test_a_request_without_a_host_is_refused_unless_it_is_a_probe(server, line, status):
    refused = server.exchange(f"{line}\r\nConnection: close\r\n\r\n".encode())
    assert refused.status == status
    if status == 400:
        assert refused.headers["Content-Type"] == "application/problem+json"
        assert len(refused.headers["X-Request-Id"]) == 32


def test_a_request_of_http_1_0_that_names_its_host_is_answered(server):
    sent = request(b'{"email": "a@x.example"}').replace(b" HTTP/1.1\r\n", b" HTTP/1.0\r\n")
    assert server.exchange(sent).status == 200
    assert server.exchange(sent.replace(b"Host: localhost\r\n", b"")).status == 400


@pytest.mark.parametrize("method", ["GET", "POST"])
@pytest.mark.parametrize(
    ("target", "status"),
    [
        ("http://evil.example/identify", 400),
        ("HTTP://evil.example:80/identify", 400),
        ("http://localhost@evil.example/identify", 400),
        ("http://evil.example@localhost/identify", 400),
        ("http://localhost:80/identify", 200),
    ],
)
def test_the_host_of_an_absolute_target_must_be_allowed(server, method, target, status):
    body = b'{"email": "a@x.example"}' if method == "POST" else b""
    got = server.exchange(request(body, method=method, path=target))
    assert got.status == (405 if (method, status) == ("GET", 200) else status)


def test_the_host_of_an_absolute_target_counts_more_than_the_header(server):
    own = "http://localhost/identify"
    sent = request(b'{"email": "a@x.example"}', path=own, host="evil.example")
    assert server.exchange(sent).status == 200
    sent = request(
        b'{"email": "a@x.example"}',
        path="http://127.0.0.1/identify",
        headers=["Origin: http://localhost"],
    )
    assert server.exchange(sent).status == 403


@pytest.mark.parametrize("path", ["/identify", "/docs", "/openapi.json", "/persons/1/erase"])
def test_options_are_answered_without_content_and_what_would_describe_it(server, path):
    told = server.exchange(request(method="OPTIONS", path=path))
    assert (told.status, told.body) == (204, b"")
    assert not {"content-type", "content-length", "content-security-policy"} & {
        name.lower() for name in told.headers
    }


def test_a_method_that_the_page_does_not_have_is_a_problem(server):
    told = server.exchange(request(method="PUT", path="/docs"))
    assert (told.status, told.headers["Allow"]) == (405, "GET, HEAD, OPTIONS")
    assert told.headers["Content-Type"] == "application/problem+json"


def test_a_header_that_is_not_ascii_does_not_count_as_missing(server):
    sent = request(b"{}", content_type="application/json\xff")
    assert server.exchange(sent).status == 415
