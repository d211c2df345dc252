"""Guards stop in a file what they stop in its rows, sent one by one in the same order."""

from contextlib import contextmanager
from datetime import timedelta

from hypothesis import given

from reunite.core.errors import NoUsableIdentifier
from reunite.core.identify.guards import GuardContext
from reunite.core.identify.happenings import Held
from reunite.core.identify.replay import Replay
from reunite.core.policy.rules import policy_from
from reunite.models import Contact, Link, Retired, Withheld
from reunite.services.audit.check import check
from reunite.services.identify.identify import identify
from reunite.services.imports import import_rows as services
from reunite.services.imports.import_rows import import_rows
from reunite.services.imports.progress import rules_in_force
from reunite.services.repair.separate import separate
from reunite.store.database.transactions import transaction
from reunite.store.identify import happenings
from reunite.store.persons.known import new_contact_ids
from tests.builders import NOON, row_of, set_policy
from tests.bulk.planning import write_csv
from tests.emptying import empty_tables
from tests.imports.files import files, import_files, on_a_database
from tests.row_details import row_details
from tests.scopes import SCOPE
from tests.services.histories import policies


def send_one_by_one(rows, policy):
    """Into empty tables, each row at its time; how many merges were held."""
    replay = Replay([], GuardContext(policy=policy))
    with transaction(wait_seconds=5) as locked:
        new_ids = iter(locked.read(new_contact_ids(len(rows))))
        for email, phone, minutes in sorted(rows, key=lambda row: row[2]):
            try:
                details = row_details(email, phone, policy=policy)
            except NoUsableIdentifier:
                continue
            replay.identify(details, new_ids=new_ids, at=NOON + timedelta(minutes=minutes))
        link_ids = locked.read(happenings.insert_holds(SCOPE, replay.happenings))
        locked.commit(*happenings.write(SCOPE, replay.happenings, link_ids))
    return sum(isinstance(each, Held) for each in replay.happenings)


def stored():
    """Persons, as what their contacts say and count by, and what was written beside them."""
    persons = {}
    for contact in Contact.objects.all():
        said = (contact.email, contact.phone_number, contact.email_key, contact.phone_key)
        persons.setdefault(contact.linked_id or contact.id, []).append(said)
    links = Link.objects.values_list("left_key", "right_key", "state", "held_for")
    withheld = Withheld.objects.values_list("contact__email", "contact__phone_number", "kind")
    return (
        sorted((sorted(each, key=str) for each in persons.values()), key=str),
        sorted(links, key=str),
        sorted(Retired.objects.values_list("kind", "key")),
        sorted(withheld, key=str),
    )


@on_a_database
@given(policies, files)
def test_a_first_file_is_guarded_as_its_rows_are(tmp_path, rules, rows):
    path = write_csv(tmp_path / "orders.csv", rows)
    empty_tables()
    set_policy(**rules)
    held = send_one_by_one(rows, policy_from(rules))
    expected = stored()
    empty_tables()
    set_policy(**rules)

    foretold = import_files(path, dry_run=True)
    report = import_files(path)

    assert stored() == expected
    assert report.held == foretold.held == held
    assert (foretold.contacts, foretold.merges) == (report.contacts, report.merges)
    assert list(check()) == []


@on_a_database
@given(policies, files, files)
def test_a_later_file_is_guarded_as_its_rows_are(tmp_path, rules, first, second):
    second = [(email, phone, minutes + 9) for email, phone, minutes in second]
    paths = [write_csv(tmp_path / "1.csv", first), write_csv(tmp_path / "2.csv", second)]
    empty_tables()
    set_policy(**rules)
    held = send_one_by_one(first + second, policy_from(rules))
    expected = stored()
    empty_tables()
    set_policy(**rules)

    reports = [import_files(path) for path in paths]

    assert stored() == expected
    assert sum(report.held for report in reports) == held
    assert list(check()) == []


def test_whom_somebody_keeps_apart_while_an_import_waits_stay_apart(monkeypatch):
    ann, ben = (
        identify(SCOPE, "ann@x.example", "1001").person,
        identify(SCOPE, "ben@x.example", "1002").person,
    )

    @contextmanager
    def behind_somebody(**how):
        separate(SCOPE, ann.id, ben.id)
        with transaction(**how) as locked:
            yield locked

    monkeypatch.setattr(services, "transaction", behind_somebody)
    row = row_of("ann@x.example", "1002")
    imported = import_rows(SCOPE, [row], rules=rules_in_force(SCOPE))

    assert (imported.merges, imported.held) == (0, 1)
    assert list(check()) == []
