"""What is wrong with values is told for each of them."""

import pytest

from reunite.services.policy.change import show_policy
from reunite.services.policy.normalize import unreadable_values
from tests.scopes import SCOPE

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.mark.parametrize(
    ("email", "phone_number", "fields"),
    [
        ("no address", "no digits", ["email", "phoneNumber"]),
        ("no address", None, ["email"]),
        (" ", "no digits", ["phoneNumber"]),
        ("a@x.example", "7001", []),
        ("n/a", "", []),
    ],
)
def test_every_value_that_cannot_be_read_is_named(email, phone_number, fields):
    show_policy(SCOPE)  # This process may remember the policy of another test.
    assert [each.field for each in unreadable_values(SCOPE, email, phone_number)] == fields
