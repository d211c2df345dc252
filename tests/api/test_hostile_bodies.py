"""Hostile requests against a real server: refused as problems, nothing stored, never a 5xx."""

import json

import pytest

from tests.server import request, running_server

LIMIT_BYTES = 65_536


@pytest.fixture(scope="module")
def server(tmp_path_factory):
    folder = tmp_path_factory.mktemp("server")
    with running_server(folder, MAX_BODY_BYTES=str(LIMIT_BYTES)) as server:
        yield server


@pytest.fixture
def stored(server):
    """How many rows there are, and that there are as many afterwards."""
    before = server.database.counts()
    yield before
    assert server.database.counts() == before


def post(server, body, **more):
    return server.exchange(request(body, **more))


def refusal(answer):
    """The status and code of an answer, which is a problem."""
    assert answer.headers["Content-Type"] == "application/problem+json"
    document = json.loads(answer.body)
    assert document["status"] == answer.status
    assert document["type"] == f"urn:reunite:problem:{document['code']}"
    assert document["title"]
    assert document["detail"]
    return answer.status, document["code"]


NOT_GIVEN = {
    "null for both": b'{"email": null, "phoneNumber": null}',
    "both empty": b'{"email": "", "phoneNumber": ""}',
    "both blank": b'{"email": " \\t", "phoneNumber": "\\u2003"}',
    "null and blank": b'{"email": null, "phoneNumber": "  "}',
    "an empty object": b"{}",
    "other keys only": b'{"name": "a@x.example", "total": "7001"}',
}
MISSPELT = {
    "names of other systems": b'{"mail": "a@x.example", "phone": "7001"}',
    "keys in other case": b'{"Email": "a@x.example", "phonenumber": "7001"}',
    "beside a good one": b'{"email": "a@x.example", "phone_number": "7001"}',
}
INVALID_TYPES = {
    "a float": b'{"phoneNumber": 7001.5}',
    "a float without a fraction": b'{"phoneNumber": 7001.0}',
    "an exponent": b'{"phoneNumber": 7e3}',
    "a boolean": b'{"phoneNumber": true}',
    "a list": b'{"phoneNumber": ["7001"]}',
    "an object": b'{"phoneNumber": {"$ne": null}}',
    "a negative number": b'{"phoneNumber": -7001}',
    "2 to the 64": b'{"phoneNumber": 18446744073709551616}',
    "30 digits": b'{"phoneNumber": 700100000000000000000000000001}',
    "an email that is a number": b'{"email": 7001}',
    "an email that is a boolean": b'{"email": false}',
    "an email that is a list": b'{"email": ["a@x.example"]}',
    "an email that is an object": b'{"email": {"a": "@x.example"}}',
    "a bad phone beside a good email": b'{"email": "a@x.example", "phoneNumber": []}',
}
INVALID_EMAILS = {
    "no at": "mcfly",
    "nothing before the at": "@hillvalley.edu",
    "nothing after the at": "mcfly@",
    "two ats": "mcfly@hill@valley.edu",
    "a space": "mc fly@hillvalley.edu",
    "a domain without a dot": "mcfly@hillvalley",
    "a domain of dots": "mcfly@..",
    "a header injected": "mcfly@hillvalley.edu\r\nBcc: all@x.example",
    "a NUL": "mcfly\0@hillvalley.edu",
    "a NUL in the domain": "mcfly@hillvalley\0.edu",
    "255 characters": f"{'a' * 61}@{'b' * 63}.{'c' * 63}.{'d' * 63}.x",
    "a local part of 65": f"{'a' * 65}@x.example",
    "a label of 64": f"a@{'b' * 64}.example",
    "many characters from one": f"{chr(0xFDFA) * 60}@x.example",
    "a megabyte's beginning": f"{'a' * 60_000}@x.example",
    "nothing visible": "\u200b",
}
INVALID_PHONES = {
    "no digit": "call me",
    "signs only": "+-() ",
    "65 digits": "7" * 65,
    "65 characters with few digits": "7" + " " * 63 + "1",
    "60,000 digits": "7" * 60_000,
    "16 digits": "9007199254740993",
    "an exponent": "4.4791E+11",
    "two numbers": "+14155550601 / +14155550602",
    "a remark": "see note 2",
    "a date": "2021-01-28",
    "a NUL": "7001\0",
    "a NUL before": "\x007001",
}
NOT_JSON = {
    "an unquoted key": b'{email: "a@x.example"}',
    "single quotes": b"{'email': 'a@x.example'}",
    "a comma too many": b'{"email": "a@x.example",}',
    "a comment": b'{"email": "a@x.example"} // mine',
    "two values": b'{"email": "a@x.example"}{}',
    "cut off": b'{"email": "a@x.exam',
    "cut off in an escape": b'{"email": "\\u00',
    "NaN": b'{"phoneNumber": NaN}',
    "infinity": b'{"phoneNumber": -Infinity}',
    "1e999": b'{"phoneNumber": 1e999}',
    "5,000 digits": b'{"phoneNumber": %s}' % (b"7" * 5_000),
    "a leading zero": b'{"phoneNumber": 007001}',
    "a lone surrogate, escaped": b'{"email": "\\ud800@x.example"}',
    "a low surrogate, escaped": b'{"phoneNumber": "7001\\udfff"}',
    "a surrogate pair backwards": b'{"email": "\\ude00\\ud83d@x.example"}',
    "a lone surrogate in a key": b'{"\\ud800": 1, "email": "a@x.example"}',
    "a lone surrogate, raw": b'{"email": "\xed\xa0\x80@x.example"}',
    "a surrogate pair, raw": b'{"email": "\xed\xa0\xbd\xed\xb8\x80@x.example"}',
    "not UTF-8": b'{"email": "\xff\xfe@x.example"}',
    "overlong UTF-8": b'{"email": "a\xc0\x80@x.example"}',
    "Latin-1": '{"email": "é@x.example"}'.encode("latin-1"),
    "UTF-16": '{"email": "a@x.example"}'.encode("utf-16"),
    "a raw NUL": b'{"email": "a\x00@x.example"}',
    "a raw line feed": b'{"email": "a\n@x.example"}',
    "20,000 lists": b"[" * 20_000 + b"]" * 20_000,
    "20,000 lists in a field": b'{"email": %s%s}' % (b"[" * 20_000, b"]" * 20_000),
    "9,000 objects": b'{"a":' * 9_000 + b"1" + b"}" * 9_000,
    "20,000 lists that never end": b"[" * 20_000,
    "a form": b"email=a%40x.example&phoneNumber=7001",
    "XML": b'<?xml version="1.0"?><!DOCTYPE a [<!ENTITY b SYSTEM "file:///etc/passwd">]><a>&b;</a>',
}
NO_OBJECT = {
    "a list": b"[]",
    "a list of requests": b'[{"email": "a@x.example"}]',
    "a string": b'"a@x.example"',
    "a number": b"7001",
    "a boolean": b"true",
    "null": b"null",
}
OTHER_CONTENT_TYPES = {
    "a form": "application/x-www-form-urlencoded",
    "multipart": "multipart/form-data; boundary=x",
    "multipart without a boundary": "multipart/form-data",
    "text": "text/plain",
    "JSON of another kind": "application/merge-patch+json",
    "nothing": "",
    "none at all": None,
    "no text": "\xff\xfe",
}


def cases(table):
    return pytest.mark.parametrize("given", table.values(), ids=table)


@cases(NOT_GIVEN)
def test_details_without_an_identifier_are_refused(server, stored, given):
    assert refusal(post(server, given)) == (400, "no_identifier")


@cases(MISSPELT)
def test_fields_that_are_spelt_otherwise_are_refused(server, stored, given):
    assert refusal(post(server, given)) == (400, "unknown_field")


@cases(INVALID_TYPES)
def test_values_of_another_type_are_refused(server, stored, given):
    assert refusal(post(server, given)) == (400, "invalid_type")


@cases(INVALID_EMAILS)
def test_an_email_that_is_none_is_refused(server, stored, given):
    body = json.dumps({"email": given, "phoneNumber": "7001"}).encode()
    assert refusal(post(server, body)) == (400, "invalid_email")


@cases(INVALID_PHONES)
def test_a_phone_that_is_none_is_refused(server, stored, given):
    body = json.dumps({"phoneNumber": given, "email": "a@x.example"}).encode()
    assert refusal(post(server, body)) == (400, "invalid_phone_number")


def test_a_phone_of_128_digits_in_64_characters_is_refused(server, stored):
    body = json.dumps({"phoneNumber": "\u2487" * 64}).encode()
    assert refusal(post(server, body)) == (400, "invalid_phone_number")


@cases(NOT_JSON)
def test_a_body_that_is_not_json_is_refused(server, stored, given):
    assert refusal(post(server, given)) == (400, "invalid_json")


@cases(NO_OBJECT)
def test_json_that_is_no_object_is_refused(server, stored, given):
    assert refusal(post(server, given)) == (400, "not_an_object")


@cases(OTHER_CONTENT_TYPES)
def test_a_body_that_does_not_call_itself_json_is_refused(server, stored, given):
    answer = post(server, b'{"email": "a@x.example"}', content_type=given)
    assert refusal(answer) == (415, "unsupported_media_type")


@pytest.mark.parametrize(
    "header",
    [
        "Sec-Fetch-Site: cross-site",
        "Sec-Fetch-Site: same-site",
        "Origin: https://evil.example",
        "Origin: null",
        "Origin: http://localhost:1",
        "Content-Encoding: gzip",
    ],
)
def test_what_a_page_of_another_site_sends_is_refused(server, stored, header):
    answer = post(server, b'{"email": "a@x.example"}', headers=[header])
    assert answer.status in (403, 415)
    refusal(answer)


def test_a_page_of_its_own_may_send_requests(server):
    host = f"localhost:{server.address[1]}"
    headers = [f"Origin: http://{host}", "Sec-Fetch-Site: same-origin"]
    body = b'{"email": "own@x.example"}'
    assert post(server, body, host=host, headers=headers).status == 200


@pytest.mark.parametrize("content_type", [None, "", "text/plain"])
def test_no_body_at_all_erases_nobody_unless_it_calls_itself_json(server, stored, content_type):
    answer = post(server, b"", path="/persons/1/erase", content_type=content_type)
    assert refusal(answer) == (415, "unsupported_media_type")


@pytest.mark.parametrize("path", ["/identify", "/persons/1/erase", "/policy"])
def test_options_tell_the_methods_and_let_no_other_origin_in(server, path):
    headers = ["Origin: https://evil.example", "Access-Control-Request-Method: POST"]
    answer = server.exchange(request(method="OPTIONS", path=path, headers=headers))
    assert answer.status == 204
    assert "OPTIONS" in answer.headers["Allow"].split(", ")
    assert not [name for name in answer.headers if name.startswith("Access-Control")]


@pytest.mark.parametrize("size_bytes", [LIMIT_BYTES + 1, 10 * LIMIT_BYTES])
def test_a_body_over_the_limit_is_refused(server, stored, size_bytes):
    body = b'{"email": "a@x.example"}'.ljust(size_bytes)
    assert refusal(post(server, body)) == (413, "body_too_large")


@pytest.mark.parametrize("length", ["abc", -1, "0x10", "7, 8", 10**30])
def test_a_length_that_is_none_is_refused(server, stored, length):
    assert post(server, b'{"email": "a@x.example"}', length=length).status in (400, 413)


@pytest.mark.parametrize("method", ["GET", "PUT", "DELETE", "PATCH", "TRACE", "BREW"])
def test_other_methods_are_refused_and_told_what_is_allowed(server, stored, method):
    answer = post(server, b'{"email": "a@x.example"}', method=method)
    assert refusal(answer) == (405, "method_not_allowed")
    assert "POST" in answer.headers["Allow"]


@pytest.mark.parametrize(
    ("method", "header", "status"),
    [
        ("GET", "If-Modified-Since: Tue, 01 Jan 2080 00:00:00 GMT", 304),
        ("GET", "Range: bytes=99999999-", 416),
        ("POST", "X-Any: thing", 405),
    ],
)
def test_a_file_of_the_documentation_page_is_not_sent(server, stored, method, header, status):
    path = "/static/drf_spectacular_sidecar/swagger-ui-dist/swagger-ui.css"
    assert server.exchange(request(method=method, path=path, headers=[header])).status == status


@pytest.mark.parametrize(
    "path",
    ["/nowhere", "/identify/", "//identify", "/%00", "/%ff", "/static/..%2f..%2fetc/passwd"],
)
def test_an_unknown_address_is_a_problem(server, stored, path):
    assert refusal(post(server, b'{"email": "a@x.example"}', path=path)) == (404, "not_found")


@pytest.mark.parametrize("host", ["evil.example", "", "local host", "a_b", "localhost:x", "\xff"])
def test_a_foreign_host_is_refused(server, stored, host):
    answer = post(server, b'{"email": "a@x.example"}', host=host)
    assert refusal(answer) == (400, "bad_request")


@pytest.mark.parametrize(
    ("path", "headers", "status"),
    [
        ("/" + "a" * 60_000, [], 404),
        ("/" + "a" * 70_000, [], 414),
        ("/healthz", [f"X-Long: {'a' * 1_000_000}"], 431),
        ("/healthz", [f"X-{number}: 1" for number in range(1_000)], 431),
        ("/healthz", ["X-Split: a\rb"], 400),
        ("/healthz", ["Content-Length: 7"], 400),
    ],
)
def test_what_is_not_reasonable_http_is_refused(server, stored, path, headers, status):
    assert server.exchange(request(path=path, method="GET", headers=headers)).status == status


@pytest.mark.parametrize(
    "body",
    [
        b'{"email": "plain@x.example", "name": "Marty", "__proto__": {"admin": true}, "": []}',
        b'{"email": "plain@x.example", "phoneNumber": null}',
        b'{"email": "PLAIN@x.example", "deep": %s%s}' % (b"[" * 900, b"]" * 900),
    ],
    ids=["unknown keys", "null", "unknown and deep"],
)
def test_what_is_only_odd_is_answered(server, body):
    contact = json.loads(post(server, body).body)["contact"]
    assert [email.lower() for email in contact["emails"]] == ["plain@x.example"]


@pytest.mark.parametrize(
    ("path", "body", "fields"),
    [
        ("/identify", b'{"email": "b@x.example", "email": "plain@x.example"}', ["email"]),
        (
            "/identify",
            b'{"email": "x\\u003ay@x.example", "phoneNumber": 1, "phoneNumber": 2}',
            ["phoneNumber"],
        ),
        ("/identify", b'{"email": null, "\\u0065mail": "a@x.example"}', ["email"]),
        ("/identify", b'{"a": {"b": 1, "b": 2}, "email": "a@x.example", "a": 1}', ["a.b", "a"]),
        ("/resolve", b'{"phoneNumber": 1, "phoneNumber": 1}', ["phoneNumber"]),
        (
            "/identify/batch",
            b'{"requests": [{"email": "a@x.example"}, {"email": "a@x.example", "email": 1}]}',
            ["requests.1.email"],
        ),
        ("/persons/1/erase", b'{"a": 1, "a": 1}', ["a"]),
        ("/links", b'{"contactIds": [1, 2], "contactIds": [1, 3]}', ["contactIds"]),
        ("/identify", b'{"a": %s{"b": 1, "b": 2}%s}' % (b"[" * 900, b"]" * 900), None),
    ],
)
def test_a_key_that_comes_twice_is_refused_and_named(server, stored, path, body, fields):
    answer = post(server, body, path=path)
    assert refusal(answer) == (400, "repeated_key")
    assert b"x.example" not in answer.body
    named = [each["field"] for each in json.loads(answer.body)["errors"]]
    assert fields is None or named == fields


@pytest.mark.parametrize(
    "body",
    [
        b'{"email": "mailto:a@x.example", "phoneNumber": "tel:7001234"}',
        b'{"email": "a@x.example", "note": "\\u003a \\u003A :"}',
        b'{"email": "a@x.example", "a": {"b": 1}, "c": [{"b": 1}, {"b": 1}]}',
    ],
)
def test_colons_and_equal_keys_of_different_objects_are_no_repetition(server, body):
    assert post(server, body).status == 200


@pytest.mark.parametrize("number", [7, 123456, 900719925474099])
def test_a_number_and_its_digits_are_answered_alike_as_text(server, number):
    first = post(server, b'{"phoneNumber": %d}' % number)
    again = post(server, b'{"phoneNumber": "%d"}' % number)

    assert first.status == again.status == 200
    assert first.body == again.body
    assert json.loads(first.body)["contact"]["phoneNumbers"] == [str(number)]
