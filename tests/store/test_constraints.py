import pytest
from django.db import IntegrityError, transaction

from reunite.models import Contact
from tests.builders import make_contact


def refused(**columns):
    contact = make_contact("a@x.example", "1")
    with pytest.raises(IntegrityError), transaction.atomic():
        Contact.objects.filter(id=contact.id).update(**columns)
    return True


@pytest.mark.parametrize(
    "columns",
    [
        {"link_precedence": "secondary"},
        {"link_precedence": "neither"},
        {"email": ""},
        {"phone_number": ""},
        {"email": None, "phone_number": None, "email_key": None, "phone_key": None},
        {"email": None},
        {"phone_number": None},
        {"workspace_id": 404},
        {"linked_id": 404, "link_precedence": "secondary"},
    ],
)
def test_the_database_refuses_a_contact_that_cannot_be(columns):
    assert refused(**columns)


def test_nobody_is_a_secondary_of_itself():
    contact = make_contact("a@x.example")
    with pytest.raises(IntegrityError):
        Contact.objects.filter(id=contact.id).update(
            linked_id=contact.id, link_precedence="secondary"
        )


def test_a_primary_has_no_linked_id():
    primary = make_contact("a@x.example")
    with pytest.raises(IntegrityError):
        make_contact("b@x.example", link_precedence="primary", primary=primary)
