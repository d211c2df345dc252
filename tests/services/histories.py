"""Histories of requests and policies that Hypothesis draws, and what they leave."""

from hypothesis import HealthCheck, settings
from hypothesis import strategies as st

from reunite.core.persons.components import Components
from reunite.services.identify.identify import identify
from tests.builders import stored_rows
from tests.effort import EFFORT
from tests.emptying import empty_tables
from tests.scopes import SCOPE

emails = st.sampled_from([None, *(f"{name}@x.example" for name in "abcde")])
phones = st.sampled_from([None, "1", "2", "3", "4", "5"])
requests = st.tuples(emails, phones).filter(any)
histories = st.lists(requests, min_size=1, max_size=16)
limits = st.one_of(st.none(), st.integers(1, 3))
policies = st.fixed_dictionaries(
    {
        "limits": st.fixed_dictionaries(
            {
                "emailsPerPerson": limits,
                "phonesPerPerson": limits,
                "contactsPerEmail": limits,
                "contactsPerPhone": limits,
                "personsPerEmail": limits,
                "personsPerPhone": limits,
                "emailsPerPhone": limits,
            }
        ),
        "joinOnlyVerified": st.booleans(),
        "blocked": st.fixed_dictionaries({"phoneNumbers": st.sampled_from([[], ["5"]])}),
    }
)
on_a_database = settings(
    deadline=None,
    max_examples=50 * EFFORT,
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)


def send(history):
    empty_tables()
    return [identify(SCOPE, email, phone) for email, phone in history]


def persons_by_value():
    """Who is one person, as sets of values: independent of ids and order."""
    persons = Components()
    values = {}
    for id, email, phone, linked_id, _, _ in stored_rows():
        persons.join([id, linked_id or id])
        values[id] = {value for value in (email, phone) if value}
    return {frozenset().union(*(values[id] for id in group)) for group in persons.groups()}
