"""What a webhook may be."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from reunite.core.errors import InvalidRequest
from reunite.core.events import EVENTS
from reunite.core.webhooks.addresses import networks
from reunite.core.webhooks.endpoints import (
    URL_MAX_LENGTH,
    Target,
    is_told,
    require_types,
    require_url,
    target_of,
)

LOOPBACK = networks(["127.0.0.0/8", "::1/128"])
LONG = "https://shop.example/" + "a" * (URL_MAX_LENGTH - 21)


def code_of(check, *arguments):
    with pytest.raises(InvalidRequest) as refused:
        check(*arguments)
    (error,) = refused.value.errors
    return error.code


@pytest.mark.parametrize(
    ("url", "target"),
    [
        ("https://shop.example", Target(True, "shop.example", 443, "/")),
        ("https://Shop.Example:8443/a?b=c", Target(True, "shop.example", 8443, "/a?b=c")),
        ("HTTPS://shop.example?b", Target(True, "shop.example", 443, "/?b")),
        ("https://shop_1.internal./x", Target(True, "shop_1.internal.", 443, "/x")),
        ("https://xn--bcher-kva.example/", Target(True, "xn--bcher-kva.example", 443, "/")),
        ("https://[2606:4700::1111]/", Target(True, "2606:4700::1111", 443, "/")),
        ("http://127.0.0.1:8080/x", Target(False, "127.0.0.1", 8080, "/x")),
        ("https://2130706433/", Target(True, "2130706433", 443, "/")),
    ],
)
def test_a_url_says_where_requests_go(url, target):
    assert target_of(url) == target


@pytest.mark.parametrize(
    "url",
    [
        *("", "shop.example", "//shop.example/", "https:", "https://", "https:///x", "/x"),
        *("ftp://shop.example/", "file:///etc/passwd", "gopher://shop.example/", "javascript:1"),
        *("https://u@shop.example/", "https://u:p@shop.example/", "https://@shop.example/"),
        *("https://shop.example/#a", "https://shop.example/#"),
        *("https://shop.example:0/", "https://shop.example:65536/", "https://shop.example:x/"),
        *(
            "https://shop.example/a b",
            "https://shop.example/\r\nHost: x",
            "https://shop.example/\t",
        ),
        *("https://shop.example\\@x.example/", "https://bücher.example/", "https://shop.example/ü"),
        *("https://[::1/", "https://[fe80::1%25eth0]/", "https://[v1.x]/", "https://a..b/"),
        *("https://" + "a" * 64 + ".example/", "https://" + "a." * 127 + "a/", LONG + "a"),
        *("https://shop.example%2f@x.example/", "https://%6c/"),
    ],
)
def test_what_is_no_url_of_a_webhook_is_refused(url):
    assert code_of(target_of, url) == "invalid_url"


@given(st.text(max_size=60), st.sampled_from(["", "https://", "http://", "https://["]))
def test_any_text_is_a_target_or_refused(text, before):
    try:
        target = target_of(before + text)
    except InvalidRequest:
        return
    assert target.host
    assert 0 < target.port < 65_536
    assert target.path.startswith("/")
    assert not set(target.host) & set("/?#@\\ ")


@pytest.mark.parametrize(
    ("url", "allowed", "code"),
    [
        ("http://shop.example/", (), "insecure_url"),
        ("http://127.0.0.1/", (), "insecure_url"),
        ("http://8.8.8.8/", LOOPBACK, "insecure_url"),
        ("https://127.0.0.1/", (), "refused_address"),
        ("https://[::1]/", (), "refused_address"),
        ("https://169.254.169.254/", LOOPBACK, "refused_address"),
        ("http://10.0.0.1/", LOOPBACK, "refused_address"),
        ("https://[::ffff:127.0.0.1]/", LOOPBACK, "refused_address"),
    ],
)
def test_a_url_that_can_never_be_called_is_refused(url, allowed, code):
    assert code_of(require_url, url, allowed) == code


@pytest.mark.parametrize(
    ("url", "allowed"),
    [
        ("https://shop.example/", ()),
        ("https://8.8.8.8/", ()),
        (LONG, ()),
        ("http://127.0.0.1:9/", LOOPBACK),
        ("https://[::1]/", LOOPBACK),
        ("http://localhost/", LOOPBACK),
    ],
)
def test_a_url_that_may_be_called_is_taken(url, allowed):
    require_url(url, allowed)


def test_types_are_those_of_the_catalogue():
    require_types([])
    require_types(EVENTS)
    assert code_of(require_types, ["person.merged", "person.merge"]) == "unknown_type"
    assert code_of(require_types, ["x"]) == "unknown_type"


@given(st.sampled_from(sorted(EVENTS)), st.sets(st.sampled_from(sorted(EVENTS))))
def test_a_webhook_is_told_of_its_types_and_without_any_of_all(type, types):
    assert is_told(type, types) == (type in types or types == set())
