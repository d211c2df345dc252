"""What the server makes of headers before Django sees them."""

import pytest

from tests.server import request, running_server


@pytest.fixture(scope="module")
def server(tmp_path_factory):
    with running_server(tmp_path_factory.mktemp("server")) as server:
        yield server


def answer(server, *headers, **how):
    return server.exchange(request(method="GET", path="/healthz", headers=headers, **how))


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


def test_a_second_host_is_refused(server):
    assert answer(server, "Host: evil.example").status == 400


def test_a_header_that_is_not_ascii_does_not_count_as_missing(server):
    sent = request(b"{}", content_type="application/json\xff")
    assert server.exchange(sent).status == 415
