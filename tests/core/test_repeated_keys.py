"""Keys that come twice are found in any JSON, by their paths."""

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from reunite.core.repeated_keys import MAX_NAMED, repeated_keys


def named(text):
    return [each.field for each in repeated_keys(text)]


@pytest.mark.parametrize(
    ("text", "paths"),
    [
        ("7", []),
        ("{}", []),
        ('{"a": "a", "b": "a"}', []),
        ('{"a": [{"a": 1}, {"a": 1}]}', []),
        ('{"a": "\\"a\\": {[,", "b": "a"}', []),
        ('{"a": 1, "a": 1}', ["a"]),
        ('{"a": 1, "\\u0061": 2, "a": 3}', ["a"]),
        ('{"a": {"b": [1, {"c": 1, "c": {"c": 2}}]}, "a": []}', ["a.b.1.c", "a"]),
        ('[[], {}, {"x": [{"y": "y", "y": "\\\\"}]}]', ["2.x.0.y"]),
    ],
)
def test_what_comes_twice_is_named_by_its_path(text, paths):
    assert named(text) == paths


def test_names_are_bounded():
    assert len(named("[" + ",".join(['{"a":1,"a":1}'] * 100) + "]")) == MAX_NAMED
    key = json.dumps("k" * 1_000)
    deep = f"{{{key}: " * 100 + f"{{{key}: 1, {key}: 1}}" + "}" * 100
    assert named(f"{{{key}: 1, {key}: 1}}") == ["k" * 64]
    assert len(named(deep)[0]) == 500


keys = st.sampled_from(["a", "b", ":", '"', "\\"]).map(json.dumps)
texts = st.recursive(
    (st.none() | st.integers() | st.text(alphabet='ab":,{}[]\\')).map(json.dumps),
    lambda inner: (
        st.lists(inner, max_size=3).map(lambda each: f"[{', '.join(each)}]")
        | st.lists(st.tuples(keys, inner).map(": ".join), max_size=3).map(
            lambda each: f"{{{', '.join(each)}}}"
        )
    ),
)


class Pairs(list):
    """The keys of an object with their values."""


def paths_of(value, prefix=()):
    """The slow way: the path of each key that a parser has seen before."""
    if isinstance(value, Pairs):
        seen = set()
        for key, each in value:
            if key in seen:
                yield ".".join((*prefix, key))
            seen.add(key)
            yield from paths_of(each, (*prefix, key))
    elif isinstance(value, list):
        for place, each in enumerate(value):
            yield from paths_of(each, (*prefix, str(place)))


@given(texts)
def test_what_a_parser_sees_twice_is_what_is_found(text):
    expected = dict.fromkeys(paths_of(json.loads(text, object_pairs_hook=Pairs)))
    assert named(text) == list(expected)[:MAX_NAMED]
