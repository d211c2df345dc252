"""Contacts as core knows them, without a database."""

from datetime import timedelta

from reunite.core.persons.person import Contact
from tests.builders import NOON


def make_contact(id, *, email=None, phone=None, minutes=0):
    return Contact(
        id,
        email,
        phone,
        email and email.strip().lower(),
        phone and phone.replace("-", ""),
        NOON + timedelta(minutes=minutes),
    )
