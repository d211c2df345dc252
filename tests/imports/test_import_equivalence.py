"""A file leaves the rows that identify, asked for each of its rows in order, would leave."""

from datetime import timedelta

from hypothesis import given
from hypothesis import strategies as st

from reunite.bulk import job
from reunite.core.identify.happenings import Created
from reunite.core.identify.replay import Replay
from reunite.core.policy.policy import SPEC
from reunite.services.audit.check import check
from reunite.store.database.transactions import transaction
from reunite.store.identify import happenings
from reunite.store.persons.known import new_contact_ids
from tests.builders import NOON
from tests.bulk.planning import write_csv
from tests.emptying import empty_tables
from tests.imports.files import files, import_files, on_a_database, stored_contacts, stored_links
from tests.row_details import row_details
from tests.scopes import SCOPE


def send_one_by_one(rows):
    """Into empty tables, each row at its time."""
    replay = Replay([])
    with transaction(wait_seconds=5) as locked:
        new_ids = iter(locked.read(new_contact_ids(len(rows))))
        for email, phone, minutes in sorted(rows, key=lambda row: row[2]):
            details = row_details(email, phone, policy=SPEC)
            replay.identify(details, new_ids=new_ids, at=NOON + timedelta(minutes=minutes))
        locked.commit(*happenings.write(SCOPE, replay.happenings, {}))
    return replay


def without_ticks(contacts):
    """A contact that joins at the very time of its primary is a microsecond younger in sequence."""
    return [
        tuple(
            value.replace(microsecond=0) if hasattr(value, "microsecond") else value for value in c
        )
        for c in contacts
    ]


@on_a_database
@given(files)
def test_a_first_file_leaves_the_contacts_links_and_times_of_its_rows_one_by_one(tmp_path, rows):
    path = write_csv(tmp_path / "orders.csv", rows)
    empty_tables()
    replay = send_one_by_one(rows)
    expected = without_ticks(stored_contacts()), stored_links()
    empty_tables()

    report = import_files(path)

    assert (without_ticks(stored_contacts()), stored_links()) == expected
    assert report.contacts == sum(isinstance(each, Created) for each in replay.happenings)
    assert report.merges == len(replay.happenings) - report.contacts
    assert list(check()) == []


@on_a_database
@given(files, files, st.integers(1, 7))
def test_a_later_file_leaves_what_its_rows_one_by_one_leave(tmp_path, first, second, chunk):
    one = write_csv(tmp_path / "one.csv", first)
    # All of it later, so that the whole is in order.
    second = [(email, phone, minutes + 9) for email, phone, minutes in second]
    other = write_csv(tmp_path / "other.csv", second)
    empty_tables()
    send_one_by_one(first + second)
    expected = without_ticks(stored_contacts()), stored_links()
    empty_tables()

    import_files(one)
    original, job.CHUNK_ROWS = job.CHUNK_ROWS, chunk
    try:
        foretold = import_files(other, dry_run=True)
        report = import_files(other)
    finally:
        job.CHUNK_ROWS = original

    assert (without_ticks(stored_contacts()), stored_links()) == expected
    assert (foretold.contacts, foretold.new_persons, foretold.merges) == (
        report.contacts,
        report.new_persons,
        report.merges,
    )
    assert list(check()) == []


@on_a_database
@given(files, files)
def test_files_in_any_order_leave_the_same_persons_and_importing_again_nothing(
    tmp_path, first, second
):
    one = write_csv(tmp_path / "one.csv", first)
    other = write_csv(tmp_path / "other.csv", second)
    empty_tables()

    import_files(one)
    import_files(other)

    assert list(check()) == []
    before = stored_contacts(), stored_links()
    again = import_files(one), import_files(other)
    assert [(each.contacts, each.merges) for each in again] == [(0, 0), (0, 0)]
    assert (stored_contacts(), stored_links()) == before
