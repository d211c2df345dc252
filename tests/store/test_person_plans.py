"""No statement that reads a person may scan a table, whatever the statistics say."""

import re

import pytest
from django.db import connection

from reunite.core.identifiers.kinds import Identifier, Kind
from reunite.store.persons import persons
from reunite.store.tables import links, retired, separations
from tests.scopes import SCOPE
from tests.store.plans import plan_of

IDENTIFIERS = [Identifier(Kind.EMAIL, f"email{i}@x.example") for i in range(1, 4)]
STATEMENTS = {
    "a person by any id": lambda: persons.find(SCOPE, 77, max_contacts=9),
    "its contacts": lambda: persons.contacts_of(SCOPE, 77, after=5, limit=9),
    "a person's links": lambda: links.live(SCOPE, IDENTIFIERS),
    "links with an end": lambda: links.with_ends(SCOPE, IDENTIFIERS),
    "separations of contacts": lambda: separations.of([7, 8, 9]),
    "what is withheld in contacts": lambda: retired.withheld([7, 8, 9]),
    "a person's history": lambda: persons.history_of(SCOPE, 77, after=0, limit=100),
}


def is_prepared(query):
    return query.statements[0].prepared


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
        cursor.execute(
            """INSERT INTO separation (workspace_id, left_id, right_id, reason, created_at)
            SELECT 0, id, id + 1, '', created_at FROM contact
            WHERE id < (SELECT max(id) FROM contact)"""
        )
        cursor.execute(
            """INSERT INTO withheld (contact_id, kind, created_at)
            SELECT id, 'email', created_at FROM contact"""
        )
        cursor.execute("ANALYZE")


def scans(plan):
    tables = "(?:contact|event|link|separation|withheld|[celsw])"
    return re.findall(rf"Seq Scan on {tables}\b.*|(?:SCAN|BLOOM FILTER ON) {tables}\b.*", plan)


@pytest.mark.usefixtures("many_contacts", "many_events_and_links")
@pytest.mark.parametrize("name", STATEMENTS)
def test_no_statement_that_reads_a_person_scans_a_table(name):
    query = STATEMENTS[name]()

    plan = plan_of(query, generic=is_prepared(query))

    assert not scans(plan), plan


@pytest.mark.postgresql  # SQLite plans each statement anew.
@pytest.mark.usefixtures("no_statistics")
@pytest.mark.parametrize("name", [name for name, make in STATEMENTS.items() if is_prepared(make())])
def test_a_plan_made_once_for_empty_tables_does_not_scan_them_when_they_have_grown(name):
    plan = plan_of(STATEMENTS[name](), generic=True)

    assert not scans(plan), plan
