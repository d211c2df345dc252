"""No statement of a request may scan the contact table, whatever the statistics say."""

import re

import pytest
from django.db import connection

from reunite.core.identifiers.kinds import Identifier, Kind
from reunite.core.identify.plan import Known
from reunite.core.persons.person import Primary
from reunite.core.policy.declared import DeclaredKind
from reunite.core.policy.details import contact_details
from reunite.core.policy.policy import PROTECT, SPEC, Policy
from reunite.store.audit import groups
from reunite.store.identify import declared, guards
from reunite.store.imports import loads
from reunite.store.persons import finding, known, large, suspicious
from reunite.store.repair import affected
from reunite.store.tables import contacts, events, links, separations
from tests.builders import NOON, details_of, keys_of
from tests.scopes import SCOPE
from tests.store.plans import plan_of

KINDS = Policy(kinds=(("customerNumber", DeclaredKind()),))
DECLARED = contact_details(
    "email77@x.example", "1077", {"customerNumber": ["1", "2", "3"]}, policy=KINDS
)
ALONE = contact_details(None, None, {"customerNumber": ["1"]}, policy=KINDS)
BOTH = details_of("email77@x.example", "1077")
MANY = [keys_of(f"email{n}@x.example", str(n)) for n in range(2_000)]
NOBODY = contacts.Observed(Known((None, None)), 0)
PERSON, OTHER = Primary(NOON, 77), Primary(NOON, 78)
KNOWN = contacts.Observed(Known((PERSON, None)), 0)
KNOWN_BY_EMAIL = contacts.Observed(Known((PERSON, None, None, None, None)), 0)

STATEMENTS = {
    "look-up by both": lambda: contacts.look_up(SCOPE, BOTH),
    "look-up where nothing is retired": lambda: contacts.look_up(SCOPE, BOTH, has_retired=False),
    "look-up by email": lambda: contacts.look_up(SCOPE, details_of("a@x.example")),
    "look-up by phone": lambda: contacts.look_up(SCOPE, details_of(None, "1")),
    "look-up by declared kinds": lambda: declared.look_up(SCOPE, DECLARED),
    "look-up by a declared kind alone": lambda: declared.look_up(SCOPE, ALONE, has_retired=False),
    "who is known": lambda: contacts.seen(SCOPE, BOTH),
    "identifiers": lambda: suspicious.select_keys({77: 10, 78: 10}),
    "a person": lambda: contacts.select_person(PERSON),
    "repoint": lambda: contacts.absorb(OTHER, survivor=PERSON, now=NOON)[0],
    "demote": lambda: contacts.absorb(OTHER, survivor=PERSON, now=NOON)[1],
    "touch": lambda: contacts.absorb(OTHER, survivor=PERSON, now=NOON)[2],
    "kept apart": lambda: guards.merge_facts(SCOPE, PERSON, OTHER, policy=SPEC).statements[0],
    "held before": lambda: guards.merge_facts(SCOPE, PERSON, OTHER, policy=SPEC).statements[1],
    "how large, up to a limit": lambda: guards.link_facts(
        PERSON, BOTH, led_by=BOTH.identifiers[0], policy=SPEC
    ),
    "how large": lambda: guards.link_facts(
        PERSON, BOTH, led_by=BOTH.identifiers[0], policy=PROTECT
    ),
    "the first contacts": lambda: large.select_first(SCOPE, BOTH, 100),
    "what changed": lambda: large.select_changes(SCOPE, BOTH, 7),
    "event of a merge": lambda: events.person_merged(SCOPE, PERSON, OTHER, at=NOON)[0],
    "an event that waits for its number": lambda: events.person_merged(
        SCOPE, PERSON, OTHER, at=NOON
    )[-1],
    "a new person": lambda: contacts.insert(SCOPE, BOTH, None, seen=NOBODY)[0],
    "a new contact": lambda: contacts.insert(SCOPE, BOTH, PERSON, seen=KNOWN)[0],
    "a new contact of declared kinds": lambda: declared.insert(
        SCOPE, DECLARED, PERSON, KNOWN_BY_EMAIL
    )[0],
    "its values": lambda: declared.insert(SCOPE, DECLARED, PERSON, KNOWN_BY_EMAIL)[
        0 if connection.vendor == "postgresql" else 1
    ],
    "a new contact's person": lambda: contacts.insert(SCOPE, BOTH, PERSON, seen=KNOWN)[-1],
}


def scans(plan):
    """Lines that read a whole table or index, other than rows made by the statement itself."""
    return re.findall(
        r"Seq Scan on (?:contact|event|identifier).*"
        r"|(?:SCAN|BLOOM FILTER ON) (?:contact|c|e|p|event|identifier)\b.*",
        plan,
    )


@pytest.mark.postgresql  # SQLite plans each statement anew.
@pytest.mark.usefixtures("no_statistics")
@pytest.mark.parametrize("name", STATEMENTS)
def test_a_plan_made_once_for_an_empty_table_does_not_scan_it_when_it_has_grown(name):
    plan = plan_of(STATEMENTS[name](), generic=True)

    assert not scans(plan), plan


@pytest.mark.parametrize("name", STATEMENTS)
@pytest.mark.parametrize("generic", [False, True], ids=["planned anew", "planned once"])
def test_no_statement_of_a_request_scans_the_contacts(many_contacts, name, generic):
    plan = plan_of(STATEMENTS[name](), generic=generic)

    assert not scans(plan), plan


def test_a_scan_would_be_seen(many_contacts):
    by_raw_email = contacts.Statement("SELECT id FROM contact c WHERE lower(email) = 'e1'")
    assert scans(plan_of(by_raw_email, generic=False))


@pytest.mark.parametrize(
    "name",
    [
        "batch",
        "persons",
        "links",
        "links of a person",
        "separations of a person",
        "news",
        "much news",
        "owners of contacts",
        "emails that begin so",
        "declared values that begin so",
        "an order's contacts",
        "an order's links",
        "a part of a value",
    ],
)
def test_no_statement_of_a_batch_or_a_repair_scans_the_contacts(many_contacts, name):
    statement = {
        "batch": known.first(SCOPE, [BOTH], max_contacts=9),
        "persons": known.persons([77, 78]),
        "links": links.live(SCOPE, BOTH.identifiers),
        "links of a person": links.listed(
            SCOPE, state="live", after=0, limit=100, person_id=77, ends=BOTH.identifiers
        ),
        "separations of a person": separations.listed(
            SCOPE, after=0, limit=100, contact_ids=[77, 78]
        ),
        "news": loads.changing_rows(SCOPE, MANY[:1]),
        "owners of contacts": affected.owned(SCOPE, [77, 78]),
        "much news": loads.changing_rows(SCOPE, MANY),
        "declared values that begin so": finding.declared_beginning_with(SCOPE, "K", limit=9),
        "an order's contacts": finding.of_order(SCOPE, "R-1", limit=9).statements[0],
        "an order's links": finding.of_order(SCOPE, "R-1", limit=9).statements[1],
        "a part of a value": finding.latest_holding(SCOPE, "val", "", limit=9),
        "emails that begin so": finding.beginning_with(
            SCOPE, Identifier(Kind.EMAIL, "em"), limit=9
        ),
    }[name]

    plan = plan_of(statement, generic=False)

    assert not scans(plan), plan


def test_links_find_their_persons_without_a_scan(many_contacts):
    plan = plan_of(groups.select_live_links(), generic=False)
    assert not scans(plan), plan
