"""A dry run tells what the import then does: every number, under every rule, of any file."""

from contextlib import suppress
from dataclasses import replace

from hypothesis import given
from hypothesis import strategies as st

from reunite.bulk import job
from reunite.core.errors import ReuniteError
from reunite.models import Contact
from reunite.services.audit.check import check
from reunite.services.repair.erase import erase
from reunite.services.repair.retire import retire
from reunite.services.repair.separate import separate
from tests.builders import set_policy
from tests.bulk.planning import write_csv
from tests.imports.files import files, import_files, on_a_database
from tests.scopes import SCOPE
from tests.services.histories import empty_tables, policies

values = st.sampled_from(["not an email", None, "n/a", *(f"{name}@x.example" for name in "abcdef")])
phones = st.sampled_from([None, "x", "0000000", *"123456"])
wild_files = st.lists(st.tuples(values, phones, st.integers(0, 8)), min_size=1, max_size=24)


def foretold_and_done(path):
    foretold = import_files(path, dry_run=True)
    report = import_files(path)
    assert list(check()) == []
    return foretold, replace(report, import_id=None, is_first=foretold.is_first)


@on_a_database
@given(policies, wild_files)
def test_of_a_first_file(tmp_path, rules, rows):
    empty_tables()
    set_policy(**rules)
    foretold, done = foretold_and_done(write_csv(tmp_path / "orders.csv", rows))
    assert foretold == done


@on_a_database
@given(
    policies | st.just({}),
    st.tuples(files, wild_files),
    st.lists(st.tuples(st.sampled_from(["retire", "erase", "separate"]), st.integers(0, 99))),
    st.integers(1, 7),
)
def test_of_a_later_file_after_decisions(tmp_path, rules, both, decisions, chunk):
    first, second = both
    empty_tables()
    set_policy(**rules, erased="refuse")
    import_files(write_csv(tmp_path / "first.csv", first))
    for what, number in decisions:
        contacts = list(Contact.objects.filter(deleted_at=None).order_by("id"))
        if not contacts:
            break
        contact = contacts[number % len(contacts)]
        with suppress(ReuniteError):  # Some decisions cannot be made as things stand.
            match what:
                case "retire":
                    retire(SCOPE, contact.email, None if contact.email else contact.phone_number)
                case "erase":
                    erase(SCOPE, contact.linked_id or contact.id)
                case "separate":
                    separate(SCOPE, contact.id, contacts[0].id)
    original, job.CHUNK_ROWS = job.CHUNK_ROWS, chunk
    try:
        foretold, done = foretold_and_done(write_csv(tmp_path / "second.csv", second))
    finally:
        job.CHUNK_ROWS = original
    assert foretold == done
