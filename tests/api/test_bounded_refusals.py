"""However much is wrong with a body, its refusal is short and is made without reading all of it."""

import json

import pytest
from rest_framework import serializers

from reunite.api.http.field_errors import MAX_NAMED
from reunite.api.http.fields import BoundedList, Id
from tests.api.operations import DOCUMENT, JSON, WRITING

# Without a bound, each wrong element takes some hundred bytes of the answer.
MANY = 5_000
MOST_BYTES = 40_000
WITH_BODY = [each for each in WRITING if JSON in each.media_types]
ELEMENTS = ["x", 1.5, {}, [], None]


def names_of(operation):
    schema = operation.described["requestBody"]["content"][JSON]["schema"]
    if name := schema.get("$ref"):
        schema = DOCUMENT["components"]["schemas"][name.rpartition("/")[2]]
    return schema.get("properties", {}).keys()


def bodies_of(operation):
    yield {f"unknown{number}": 1 for number in range(MANY)}
    # Each is another spelling of a field.
    yield {f"{name}{number}": 1 for name in names_of(operation) for number in range(MANY)}
    for name in names_of(operation):
        yield {name: {f"unknown{number}": 1 for number in range(MANY)}}
        for element in ELEMENTS:
            yield {name: [element] * MANY}


@pytest.mark.parametrize("operation", WITH_BODY, ids=str)
def test_a_refusal_is_short_however_much_is_wrong(client, operation):
    for body in bodies_of(operation):
        answered = client.generic(
            operation.method.upper(), operation.address, json.dumps(body), content_type=JSON
        )
        assert len(answered.content) < MOST_BYTES, str(body)[:60]
        if answered.status_code == 400:
            assert 1 <= len(answered.json()["errors"]) <= MAX_NAMED


class Counting(Id):
    """An id that counts how many were read."""

    read = 0

    def to_internal_value(self, data):
        Counting.read += 1
        return super().to_internal_value(data)


@pytest.mark.parametrize(("most", "expected"), [(MANY - 1, 0), (MANY, MAX_NAMED)])
def test_a_list_is_not_read_further_than_its_refusal_needs(most, expected):
    Counting.read = 0
    with pytest.raises(serializers.ValidationError):
        BoundedList(child=Counting(), max_length=most).run_validation(["x"] * MANY)
    assert Counting.read == expected
