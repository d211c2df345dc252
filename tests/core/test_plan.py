from datetime import timedelta

import pytest

from reunite.core.identify.plan import (
    Create,
    Keep,
    Known,
    Link,
    Merge,
    Outcome,
    earliest_contact_time,
    plan_identify,
)
from reunite.core.persons.person import Primary
from reunite.core.policy.details import contact_details
from reunite.core.policy.policy import SPEC
from tests.builders import NOON

OLDER = Primary(NOON, 7)
YOUNGER = Primary(NOON + timedelta(seconds=1), 3)


def details(email="mcfly@hillvalley.edu", phone="123456"):
    return contact_details(email, phone, policy=SPEC)


@pytest.mark.parametrize(
    ("given_details", "known", "plan"),
    [
        (details(), Known(None, None), Create()),
        (details(phone=None), Known(None, None), Create()),
        (details(), Known(OLDER, None), Link(OLDER)),
        (details(), Known(None, OLDER), Link(OLDER)),
        (details(), Known(OLDER, OLDER), Keep(OLDER)),
        (details(phone=None), Known(OLDER, None), Keep(OLDER)),
        (details(email=None), Known(None, OLDER), Keep(OLDER)),
        (details(), Known(YOUNGER, OLDER), Merge(OLDER, YOUNGER)),
        (details(), Known(OLDER, YOUNGER), Merge(OLDER, YOUNGER)),
    ],
)
def test_the_plan_follows_from_who_is_known(given_details, known, plan):
    assert plan_identify(given_details, known) == plan


def test_each_plan_has_its_outcome():
    plans = [Create(), Link(OLDER), Merge(OLDER, YOUNGER), Keep(OLDER)]
    assert [plan.outcome for plan in plans] == list(Outcome)[:4]


def test_a_newcomer_is_never_older_than_the_primary_it_joins():
    assert earliest_contact_time(OLDER) == OLDER.created_at + timedelta(microseconds=1)
