"""For every character of Unicode a file's keys are those of requests."""

import pytest

from reunite.core.identifiers.kinds import Kind
from reunite.core.policy.policy import PROTECT, SPEC
from tests.bulk.planning import planned, replayed, write_csv
from tests.bulk.test_clean import by_sql
from tests.characters import every, every_or_telling
from tests.clean_values import US, by_policy

FORMS = [
    (Kind.EMAIL, "{}@x.example"),
    (Kind.EMAIL, "ab{}@x.example"),
    (Kind.EMAIL, "ab@{}.example"),
    (Kind.EMAIL, "ab@x{}x.example"),
    (Kind.EMAIL, "ab@x.example{}"),
    (Kind.PHONE, "{}+14155552671"),
    (Kind.PHONE, "+1{}4155552671"),
    (Kind.PHONE, "+1415555267{}"),
    (Kind.PHONE, "{}"),
]


@pytest.mark.parametrize(("kind", "form"), FORMS)
@pytest.mark.parametrize("policy", [SPEC, US, PROTECT], ids=["spec", "US", "protect"])
def test_what_sql_reads_is_what_the_policy_reads(policy, kind, form):
    values = [form.format(each) for each in every_or_telling()]
    clean = by_sql(kind, values, policy)
    assert clean == by_policy(kind, clean, policy)
    # The others, which are nearly all, are read by the policy itself.
    assert len(clean) < len(every()) / 1_000


def test_a_letter_that_databases_lower_case_otherwise_is_one_for_files_and_requests(tmp_path):
    rows = [
        ("İpek@x.example", None, 1),
        ("ipek@x.example", None, 2),
        ("i\u0307pek@x.example", None, 3),
        ("\u212aim@x.example", None, 4),
        ("kim@x.example", None, 5),
    ]
    contacts, merges, refused = planned(write_csv(tmp_path / "orders.csv", rows))

    assert contacts == [(1, 1), (2, 2), (4, 4)]
    assert (contacts, merges, refused) == replayed(rows)
