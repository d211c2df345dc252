"""No statement of a request may scan the contact table, whatever the statistics say."""

import re

import pytest

from reunite.core.identify.plan import Known
from reunite.core.persons.person import Primary
from reunite.core.policy.policy import PROTECT, SPEC
from reunite.store.audit import snapshot
from reunite.store.identify import guards, happenings
from reunite.store.imports import loads
from reunite.store.persons import large, suspicious
from reunite.store.repair import repairs
from reunite.store.tables import contacts, events, links, separations
from tests.builders import NOON, details_of, keys_of
from tests.store.plans import plan_of

BOTH = details_of("email77@x.example", "1077")
MANY = [keys_of(f"email{n}@x.example", str(n)) for n in range(2_000)]
TOLD = events.Told(0, None)
NOBODY = contacts.Seen(Known(None, None), 0)
PERSON, OTHER = Primary(NOON, 77), Primary(NOON, 78)
KNOWN = contacts.Seen(Known(PERSON, None), 0)

STATEMENTS = {
    "look-up by both": lambda: contacts.select_look_up(BOTH, workspace_id=0),
    "look-up where nothing is retired": lambda: contacts.select_look_up(
        BOTH, has_retired=False, workspace_id=0
    ),
    "look-up by email": lambda: contacts.select_look_up(details_of("a@x.example"), workspace_id=0),
    "look-up by phone": lambda: contacts.select_look_up(details_of(None, "1"), workspace_id=0),
    "who is known": lambda: contacts.select_seen(BOTH, workspace_id=0),
    "a person": lambda: contacts.select_person(PERSON),
    "repoint": lambda: contacts.absorb(OTHER, survivor=PERSON, now=NOON)[0],
    "demote": lambda: contacts.absorb(OTHER, survivor=PERSON, now=NOON)[1],
    "touch": lambda: contacts.absorb(OTHER, survivor=PERSON, now=NOON)[2],
    "kept apart": lambda: guards.select_merge_standing(PERSON, OTHER, policy=SPEC, workspace_id=0)[
        0
    ],
    "held before": lambda: guards.select_merge_standing(PERSON, OTHER, policy=SPEC, workspace_id=0)[
        1
    ],
    "how large, up to a limit": lambda: guards.select_link_standing(PERSON, BOTH, policy=SPEC),
    "how large": lambda: guards.select_link_standing(PERSON, BOTH, policy=PROTECT),
    "the first contacts": lambda: large.select_first(BOTH, 100, workspace_id=0),
    "what changed": lambda: large.select_changes(BOTH, 7, workspace_id=0),
    "event of a merge": lambda: events.person_merged(TOLD, PERSON, OTHER, at=NOON),
    "a new person": lambda: contacts.insert(BOTH, None, seen=NOBODY, told=TOLD)[0],
    "a new contact": lambda: contacts.insert(BOTH, PERSON, seen=KNOWN, told=TOLD)[0],
    "a new contact's person": lambda: contacts.insert(BOTH, PERSON, seen=KNOWN, told=TOLD)[-1],
}


def scans(plan):
    """Lines that read a whole table or index, other than rows made by the statement itself."""
    return re.findall(
        r"Seq Scan on (?:contact|event).*|(?:SCAN|BLOOM FILTER ON) (?:contact|c|e|p|event)\b.*",
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
        "sizes",
        "identifiers",
    ],
)
def test_no_statement_of_a_batch_or_a_repair_scans_the_contacts(many_contacts, name):
    statement = {
        "batch": happenings.select_first([BOTH], max_contacts=9, workspace_id=0),
        "persons": happenings.select_persons_by_id([77, 78]),
        "links": links.select_live(BOTH.identifiers, workspace_id=0),
        "links of a person": links.select_listed(
            state="live",
            after=0,
            limit=100,
            person_id=77,
            ends=BOTH.identifiers,
            workspace_id=0,
        ),
        "separations of a person": separations.select_listed(
            after=0, limit=100, contact_ids=[77, 78], workspace_id=0
        ),
        "news": loads.select_news(MANY[:1], workspace_id=0),
        "owners of contacts": repairs.select_owners([77, 78], workspace_id=0),
        "sizes": suspicious.select_sizes([77, 78]),
        "identifiers": suspicious.select_keys([77, 78]),
        "much news": loads.select_news(MANY, workspace_id=0),
    }[name]

    plan = plan_of(statement, generic=False)

    assert not scans(plan), plan


def test_links_find_their_persons_without_a_scan(many_contacts):
    plan = plan_of(snapshot.select_links(), generic=False)
    assert not scans(plan), plan
