"""The form of API keys, and what a caller may do."""

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from reunite.core.access.callers import (
    ANYBODY,
    OPERATOR,
    Caller,
    KeyScope,
    require_scope,
    sorted_scopes,
)
from reunite.core.access.keys import MAX_LENGTH, make_key, read_key
from reunite.core.access.names import require_name
from reunite.core.errors import InvalidRequest, ScopeMissing

SHORT, SECRET = bytes(range(4)), bytes(range(32))


@given(st.binary(min_size=4, max_size=4), st.binary(min_size=32, max_size=32))
def test_a_key_is_read_as_it_was_made(short, secret):
    text, made = make_key(short, secret)
    assert read_key(text) == made
    assert made.short == short.hex()
    assert len(text) == MAX_LENGTH
    assert re.fullmatch(r"ru_[0-9a-f]{8}_[0-9A-Za-z]{49}", text)


def test_two_secrets_have_two_digests_and_the_key_does_not_show_the_digest():
    text, made = make_key(SHORT, SECRET)
    assert made.digest != make_key(SHORT, bytes(32))[1].digest
    assert made.digest not in text


@pytest.mark.parametrize("place", range(MAX_LENGTH))
def test_a_key_with_one_other_character_is_no_key(place):
    text, _ = make_key(SHORT, SECRET)
    other = "1" if text[place] != "1" else "2"
    assert read_key(text[:place] + other + text[place + 1 :]) is None


@pytest.mark.parametrize("text", ["", "ru_", "ru_00010203_", "?", "é", "x" * 10_000])
def test_other_text_is_no_key(text):
    assert read_key(text) is None


def test_a_longer_or_shorter_key_is_no_key():
    text, _ = make_key(SHORT, SECRET)
    assert read_key(text[:-1]) is read_key(text + "0") is read_key(text + "\n") is None


def test_one_of_the_scopes_is_enough_and_admin_includes_all():
    caller = Caller(7, "shop", frozenset({KeyScope.IDENTIFY}))
    require_scope(caller, (KeyScope.IDENTIFY, KeyScope.READ))
    with pytest.raises(ScopeMissing, match="the scope read or import: send"):
        require_scope(caller, (KeyScope.READ, KeyScope.IMPORT))
    for each in KeyScope:
        require_scope(OPERATOR, (each,))
        require_scope(ANYBODY, (each,))


def test_scopes_are_sorted_as_they_are_declared_and_each_comes_once():
    given = [KeyScope.ADMIN, KeyScope.READ, KeyScope.READ]
    assert sorted_scopes(given) == (KeyScope.READ, KeyScope.ADMIN)


@pytest.mark.parametrize("name", ["", " shop", "shop ", "a\nb", "a\x00", "x" * 101])
def test_a_name_that_people_cannot_read_is_refused(name):
    with pytest.raises(InvalidRequest) as refused:
        require_name("name", name)
    assert refused.value.errors[0].code == "invalid_name"


def test_a_name_may_have_any_letters():
    require_name("name", "Käufer 店")
