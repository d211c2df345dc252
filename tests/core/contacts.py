"""Contacts as core knows them, without a database."""

from datetime import timedelta

from reunite.core.identifiers.kinds import values_of
from reunite.core.persons.person import Contact
from tests.builders import NOON


def make_contact(id, *, email=None, phone=None, minutes=0):
    keys = email and email.strip().lower(), phone and phone.replace("-", "")
    return contact_with(id, (email, phone), keys, NOON + timedelta(minutes=minutes))


def contact_with(id, given, keys, at=NOON):
    """A contact from an email and a phone number, and the key of each."""
    return Contact(id, values_of(given, keys), at)
