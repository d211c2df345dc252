"""Tables that are exported, as the workspace has them."""

import json

import pytest

from reunite.services.identify.identify import identify
from reunite.services.persons.tables import table_of, table_rows
from tests.builders import set_policy
from tests.scopes import SCOPE

pytestmark = pytest.mark.django_db(transaction=True)


def contacts():
    table = table_of(SCOPE, "contacts")
    with table_rows(SCOPE, table) as rows:
        return [dict(zip(table.columns, row, strict=True)) for row in rows]


def test_contacts_have_identifiers_where_any_has_a_value_of_a_declared_kind():
    set_policy(kinds=[["customerNumber", {}], ["note", {"links": False, "normalize": "lower"}]])
    identify(SCOPE, "a@x.example", None)
    assert "identifiers" not in contacts()[0]

    values = {"customerNumber": ["1", "2"], "note": ["Blue"]}
    identify(SCOPE, None, None, identifiers=values)

    first, second = contacts()
    assert first["identifiers"] is None
    assert json.loads(second["identifiers"]) == values
    assert table_of(SCOPE, "persons").name == "persons"
