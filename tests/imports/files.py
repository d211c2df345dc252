"""Files to import, and what is stored once they are."""

from datetime import timedelta

from hypothesis import HealthCheck, settings
from hypothesis import strategies as st

from reunite.bulk.imports import Request, run
from reunite.bulk.max_refused import MaxRefused
from reunite.models import Contact, Link
from tests.effort import EFFORT
from tests.scopes import SCOPE

TICK = timedelta(microseconds=1)

emails = st.sampled_from([None, *(f"{name}@x.example" for name in "abcdef"), "A@X.Example"])
phones = st.sampled_from([None, "1", "2", "3", "4", "5", "6", "(1)"])
rows = st.tuples(emails, phones, st.integers(0, 8)).filter(lambda row: row[0] or row[1])
files = st.lists(rows, min_size=1, max_size=24)
on_a_database = settings(
    deadline=None,
    max_examples=8 * EFFORT,
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)


def import_files(*paths, **options):
    # Of made-up rows all may be refused.
    how = {"workers": 1, "max_refused": MaxRefused(percent=100), **options}
    return run(SCOPE, Request([str(path) for path in paths], **how))


def stored_contacts():
    """All contacts, numbered from 0 in the order of their ids."""
    rows = list(
        Contact.objects.order_by("id").values_list(
            "id",
            "linked_id",
            "email",
            "phone_number",
            "email_key",
            "phone_key",
            "created_at",
            "updated_at",
        )
    )
    number = {row[0]: place for place, row in enumerate(rows)}
    return [(number.get(linked), *rest) for _, linked, *rest in rows]


def stored_links():
    ends = ("left_kind", "left_key", "right_kind", "right_key")
    columns = (*ends, "origin", "state", "created_at", "external_id", "source")
    return list(Link.objects.order_by("id").values_list(*columns))
