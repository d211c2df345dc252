"""No statement that reads a person may scan a table, whatever the statistics say."""

import re

import pytest
from django.db import connection

from reunite.core.identifiers import Identifier, Kind
from reunite.store import links, persons
from tests.store.test_query_plans import (
    many_contacts,  # noqa: F401  # A fixture.
    plan_of,
)

IDENTIFIERS = [Identifier(Kind.EMAIL, f"email{i}@x.example") for i in range(1, 4)]
STATEMENTS = {
    "a person by any id": lambda: persons.select_person(77, workspace_id=0),
    "a person's links": lambda: links.select_live(IDENTIFIERS, workspace_id=0),
    "a person's history": lambda: persons.select_history(77, after=0, limit=100, workspace_id=0),
}


@pytest.fixture
def many_events_and_links():
    """As many as contacts, with statistics."""
    with connection.cursor() as cursor:
        cursor.execute(
            """INSERT INTO event (workspace_id, type, person_id, payload, created_at)
            SELECT 0, 'contact.created', coalesce(linked_id, id), '{}', created_at FROM contact"""
        )
        cursor.execute(
            """INSERT INTO link (workspace_id, left_kind, left_key, right_kind, right_key, origin,
                                 state, reason, created_at)
            SELECT 0, 'email', email_key, 'phone', phone_key, 'request', 'live', '', created_at
            FROM contact"""
        )
        cursor.execute("ANALYZE")


def scans(plan):
    tables = "(?:contact|event|link|[cel])"
    return re.findall(rf"Seq Scan on {tables}\b.*|(?:SCAN|BLOOM FILTER ON) {tables}\b.*", plan)


@pytest.mark.usefixtures("many_contacts", "many_events_and_links")
@pytest.mark.parametrize("name", STATEMENTS)
def test_no_statement_that_reads_a_person_scans_a_table(name):
    statement = STATEMENTS[name]()

    plan = plan_of(statement, generic=statement.prepared)

    assert not scans(plan), plan


@pytest.mark.postgresql  # SQLite plans each statement anew.
@pytest.mark.parametrize("name", [name for name in STATEMENTS if "links" not in name])
def test_a_plan_made_once_for_empty_tables_does_not_scan_them_when_they_have_grown(name):
    plan = plan_of(STATEMENTS[name](), generic=True)

    assert not scans(plan), plan
