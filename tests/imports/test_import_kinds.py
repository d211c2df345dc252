"""Files with values of declared kinds leave what requests leave, whatever the kinds are."""

import random
from datetime import timedelta

import pytest

from reunite.bulk import job
from reunite.bulk.stopped import Stopped
from reunite.core.imports.files import Columns, Unreadable
from reunite.models import Contact, Link
from reunite.services.audit.check import check
from reunite.services.identify.identify import identify
from reunite.services.imports.import_rows import import_rows
from reunite.services.imports.progress import rules_in_force
from reunite.services.repair.erase import erase
from reunite.services.repair.retire import retire
from tests.builders import NOON, row_of
from tests.effort import EFFORT
from tests.imports.files import import_files
from tests.imports.kinds import (
    CARRYING,
    FREE,
    KINDS,
    ORDER,
    begin_anew,
    columns_of,
    send_as_batches,
    send_one_by_one,
    some_rows,
    stored,
    write_rows,
)
from tests.scopes import SCOPE

pytestmark = pytest.mark.django_db(transaction=True)


SETS = {"guarded": KINDS, "free": FREE, "carrying": CARRYING, "order": ORDER}


def cases(count, spreads=(1, 8)):
    return pytest.mark.parametrize(
        ("kinds", "spread", "seed"),
        [
            (kinds, spread, seed)
            for kinds in SETS
            for spread in spreads
            for seed in range(count * EFFORT)
        ],
    )


@cases(2)
def test_a_first_file_and_batches_leave_what_single_requests_leave(tmp_path, kinds, spread, seed):
    name, kinds, chance = kinds, SETS[kinds], random.Random(seed)
    rows = some_rows(chance, kinds, 40, spread=spread)
    asked = Columns(identifiers=columns_of(kinds))
    path = write_rows(tmp_path / "orders.csv", rows, kinds)
    begin_anew(kinds)
    send_one_by_one(rows)
    expected = stored()
    begin_anew(kinds)
    send_as_batches(rows, 7)
    assert stored() == expected
    begin_anew(kinds)

    foretold = import_files(path, columns=asked, dry_run=True)
    report = import_files(path, columns=asked)

    assert stored() == expected
    assert told(foretold) == told(report)
    assert list(check()) == []
    if name != "guarded":
        assert told(import_files(path, columns=asked))[:4] == (0, 0, 0, 0)
        assert stored() == expected


@cases(2, spreads=(3,))
def test_a_later_file_leaves_what_single_requests_leave(tmp_path, monkeypatch, kinds, spread, seed):
    kinds, chance = SETS[kinds], random.Random(seed)
    rows = some_rows(chance, kinds, 40, spread=spread)
    asked = Columns(identifiers=columns_of(kinds))
    one = write_rows(tmp_path / "one.csv", rows[:15], kinds)
    other = write_rows(tmp_path / "other.csv", rows[15:], kinds, start=15)
    begin_anew(kinds)
    send_one_by_one(rows)
    expected = stored()
    begin_anew(kinds)
    monkeypatch.setattr(job, "CHUNK_ROWS", 4)

    import_files(one, columns=asked)
    foretold = import_files(other, columns=asked, dry_run=True)
    report = import_files(other, columns=asked)

    assert stored() == expected
    assert told(foretold) == told(report)
    assert list(check()) == []


@cases(2, spreads=(4,))
def test_a_plan_leaves_the_times_and_orders_that_chunks_leave(tmp_path, kinds, spread, seed):
    kinds, chance = SETS[kinds], random.Random(100 + seed)
    rows = some_rows(chance, kinds, 50, spread=spread)
    asked = Columns(identifiers=columns_of(kinds))
    path = write_rows(tmp_path / "orders.csv", rows, kinds)
    begin_anew(kinds)
    identify(SCOPE, "before@any.example", None)
    chunked = import_files(path, columns=asked)
    expected = times_and_orders()
    begin_anew(kinds)

    planned = import_files(path, columns=asked)

    assert planned.is_first
    assert told(planned) == told(chunked)
    assert times_and_orders() == expected


@pytest.mark.parametrize("after_chunks", [0, 2])
@pytest.mark.parametrize("is_first", [True, False])
@pytest.mark.parametrize("kinds", ["guarded"])
def test_an_import_that_was_interrupted_goes_on(
    tmp_path, monkeypatch, kinds, is_first, after_chunks
):
    kinds = SETS[kinds]
    rows = some_rows(random.Random(5), kinds, 60, spread=3)
    asked = Columns(identifiers=columns_of(kinds))
    path = write_rows(tmp_path / "orders.csv", rows, kinds)
    begin_anew(kinds)
    if not is_first:
        identify(SCOPE, "before@any.example", None)
    send_one_by_one(rows)
    expected = stored()
    begin_anew(kinds)
    if not is_first:
        identify(SCOPE, "before@any.example", None)
        Contact.objects.update(created_at=NOON - timedelta(days=1))
    whole = told(import_files(path, columns=asked, dry_run=True))

    interrupt(monkeypatch, path, asked, after_chunks=after_chunks)
    foretold = import_files(path, columns=asked, dry_run=True)
    report = import_files(path, columns=asked)

    assert stored() == expected
    assert told(foretold) == told(report) == whole
    assert list(check()) == []


def interrupt(monkeypatch, path, asked, *, after_chunks):
    """Import a file in chunks of four rows, until it is interrupted."""
    chunks = []

    def broken(scope, rows, **how):
        if len(chunks) == after_chunks:
            raise KeyboardInterrupt
        chunks.append(rows)
        return import_rows(scope, rows, **how)

    with monkeypatch.context() as patch:
        patch.setattr(job, "CHUNK_ROWS", 4)
        patch.setattr(job, "import_rows", broken)
        with pytest.raises(KeyboardInterrupt):
            import_files(path, columns=asked)


def times_and_orders():
    contacts = Contact.objects.exclude(email_key="before@any.example")
    links = Link.objects.values_list("left_key", "right_key", "created_at", "external_id")
    return (
        sorted(contacts.values_list("external_id", "created_at", "updated_at")),
        sorted(links),
    )


def told(report):
    counts = report.contacts, report.new_persons, report.merges, report.held
    return *counts, report.refused, report.left_out


def imported(tmp_path, text, name="orders.csv", **options):
    """The report, and the lines of the list of refused rows."""
    path = tmp_path / name
    path.write_text(text)
    refused = tmp_path / "refused.csv"
    report = import_files(path, refused=refused, **options)
    return report, [line.partition(",")[2] for line in refused.read_text().splitlines()[1:]]


def test_what_is_wrong_with_values_is_listed_with_their_columns(tmp_path):
    begin_anew(KINDS)
    text = (
        "email,customerNumber,card,Other card,Note\n"
        "a@x.example,1,xy,44,\n"
        ",,xy,123,\n"
        "b@x.example,,1,2,3\n"
        ",0,,,\n"
        ",,,,only this\n"
        "c@x.example,n/a,\u2003,,\n"
        ",,\u2003,,\n"
    )
    asked = (("card", "card"), ("card", "Other card"), ("customerNumber", "customerNumber"))

    report, listed = imported(tmp_path, text, columns=Columns(identifiers=asked))

    assert listed == [
        "2,invalid_identifier,card",
        "3,invalid_identifier,card",
        "3,invalid_identifier,Other card",
        "5,no_usable_identifier,",
        "6,no_usable_identifier,",
        "8,no_identifier,",
    ]
    assert report.left_out == {"invalid_identifier": 1}
    contacts = Contact.objects.order_by("id").values_list("email", "others")
    assert list(contacts) == [
        ("a@x.example", '[["customerNumber","1","1","1"],["card","44","44","44"]]'),
        ("b@x.example", '[["card","1","1","1"],["card","2","2","2"],["note","3",null,"3"]]'),
        ("c@x.example", None),
    ]


def test_a_row_with_more_values_than_a_person_may_have_is_refused_as_a_request_is(tmp_path):
    begin_anew(KINDS)
    asked = (("customerNumber", "old"), ("customerNumber", "new"))
    text = "email,old,new\na@x.example,1,2\nb@x.example,3, 3\n"

    report, listed = imported(tmp_path, text, columns=Columns(identifiers=asked))

    assert (report.contacts, listed) == (1, ["2,too_many_values,"])


def test_several_emails_of_a_row_are_joined_by_its_customer_number(tmp_path):
    begin_anew(KINDS)
    asked = Columns(email=("email", "other"))
    text = "email,other,customerNumber\na@x.example,b@x.example,1\nc@x.example,d@x.example,\n"

    report, listed = imported(tmp_path, text, columns=asked)

    assert report.new_persons - report.merges == 3
    assert listed == ["3,not_joined,"]
    assert list(check()) == []


def test_a_kind_that_the_policy_does_not_declare_is_refused_before_anything_is_read(tmp_path):
    begin_anew(KINDS)

    with pytest.raises(Unreadable, match="it declares customerNumber, whatsapp, card, note"):
        imported(tmp_path, "email,x\na@x.example,1\n", columns=Columns(identifiers=(("id", "x"),)))


def test_a_cluster_takes_no_declared_kinds_and_says_so(tmp_path):
    begin_anew(KINDS)
    with pytest.raises(Stopped, match="a cluster knows no declared kinds: import with --engine du"):
        imported(tmp_path, "email,card\na@x.example,1\n", master="local[1]")
    with pytest.raises(Unreadable, match="which the policy does not declare"):
        asked = Columns(identifiers=(("id", "x"),))
        imported(tmp_path, "email,x\na@x.example,1\n", columns=asked, master="local[1]")


@pytest.mark.parametrize(
    ("name", "text"),
    [
        (
            "orders.jsonl",
            '{"email": "a@x.example", "customerNumber": 10023}\n{"customer_number": "7"}\n',
        ),
        (
            "orders.json",
            '[{"customerNumber": 10023, "email": "a@x.example"}, {"customerNumber": "7"}]',
        ),
    ],
)
def test_values_in_json_may_be_whole_numbers(tmp_path, name, text):
    begin_anew(KINDS)

    imported(tmp_path, text.replace("customer_number", "customerNumber"), name)

    assert list(Contact.objects.order_by("id").values_list("others", flat=True)) == [
        '[["customerNumber","10023","10023","10023"]]',
        '[["customerNumber","7","7","7"]]',
    ]


def test_what_is_retired_or_erased_is_so_in_files(tmp_path):
    begin_anew(KINDS)
    retire(SCOPE, None, None, identifiers={"whatsapp": ["in.9"]})
    gone = identify(SCOPE, None, None, identifiers={"customerNumber": ["66"], "note": ["of them"]})
    erase(SCOPE, gone.person.id)

    report, listed = imported(
        tmp_path,
        "email,whatsapp,customerNumber,note\n"
        "a@x.example,IN.9,,\nb@x.example,IN.9,,\n"
        "c@x.example,,66,\nd@x.example,,,of them\n,in.9,,\n",
    )

    assert report.refused == {"erased": 2, "no_usable_identifier": 1}
    assert report.new_persons == 2
    assert listed == ["6,no_usable_identifier,"]
    assert list(check()) == []


def test_what_is_erased_while_a_file_waits_is_left_out(tmp_path):
    begin_anew(KINDS)
    gone = identify(SCOPE, None, None, identifiers={"customerNumber": ["66"], "note": ["of them"]})
    rules = rules_in_force(SCOPE)
    erase(SCOPE, gone.person.id)
    row = row_of("a@x.example")._replace(others='[["note","of them",null,"of them"]]')

    found = import_rows(SCOPE, [row, row_of("b@x.example")], rules=rules)

    assert (found.contacts, found.erased) == (1, 1)
