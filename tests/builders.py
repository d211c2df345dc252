"""Rows with defaults, put into the database directly."""

import itertools
import time
from datetime import UTC, datetime, timedelta

from django.db import connection

from reunite.core.identifiers.kinds import Kind, key_columns
from reunite.core.persons.person import Primary
from reunite.core.policy.details import contact_details
from reunite.core.policy.policy import SPEC
from reunite.core.scope import DEFAULT_WORKSPACE_ID
from reunite.models import Contact, Link, Policy, Retired, Separation, Workspace
from reunite.services.imports.chunks import ImportedRow

NOON = datetime(2023, 4, 1, 12, tzinfo=UTC)
_CONTINUE_IDS = {
    "postgresql": "SELECT setval('contact_id_seq', max(id)) FROM contact",
    "sqlite": "UPDATE sqlite_sequence SET seq = (SELECT max(id) FROM contact)"
    " WHERE name = 'contact'",
}
_minutes = itertools.count()


def details_of(email=None, phone=None):
    return contact_details(email, phone, policy=SPEC)


def keys_of(email=None, phone=None):
    """Both in canonical form."""
    details = details_of(email, phone)
    return key_columns(details.values)


def row_of(email=None, phone=None):
    """A row of a file, of noon."""
    return ImportedRow(NOON.replace(tzinfo=None), email, phone, *keys_of(email, phone))


def make_contact(email=None, phone=None, *, primary=None, created_at=None, **columns):
    """A stored contact, each a minute younger than the one before unless told otherwise."""
    details = details_of(email, phone) if email or phone else None
    created_at = created_at or NOON + timedelta(minutes=next(_minutes))
    columns = {
        "workspace_id": DEFAULT_WORKSPACE_ID,
        "email_key": details and details.key(Kind.EMAIL),
        "phone_key": details and details.key(Kind.PHONE),
        "link_precedence": "secondary" if primary else "primary",
        "updated_at": created_at,
        **columns,
    }
    contact = Contact.objects.create(
        email=email, phone_number=phone, linked=primary, created_at=created_at, **columns
    )
    if "id" in columns:
        with connection.cursor() as cursor:
            cursor.execute(_CONTINUE_IDS[connection.vendor])
    return contact


def set_policy(**rules):
    """Put a policy in force, by its JSON form."""
    now = datetime.now(UTC)
    Policy.objects.filter(applied_at=None).delete()
    Policy.objects.create(
        workspace_id=DEFAULT_WORKSPACE_ID,
        version=Policy.objects.count() + 1,
        rules=rules,
        created_at=now,
        applied_at=now,
    )
    changed()


def changed():
    """Say that what counts has changed."""
    revision = round(time.time() * 1_000_000)
    Workspace.objects.filter(pk=DEFAULT_WORKSPACE_ID).update(revision=revision)


def retire(kind, key):
    """Let an identifier no longer count in contacts to come."""
    Retired.objects.create(
        workspace_id=DEFAULT_WORKSPACE_ID,
        kind=kind,
        key=key,
        origin="operator",
        created_at=datetime.now(UTC),
    )
    changed()


def keep_apart(one, other):
    """A separation of two contacts, by id."""
    left, right = sorted((one, other))
    Separation.objects.create(
        workspace_id=DEFAULT_WORKSPACE_ID,
        left_id=left,
        right_id=right,
        created_at=datetime.now(UTC),
    )


def make_held(left, right):
    """A merge by an email and a phone number that was stopped."""
    return Link.objects.create(
        workspace_id=0,
        left_kind="email",
        left_key=left,
        right_kind="phone",
        right_key=right,
        origin="request",
        state="held",
        held_for="not_verified",
        created_at=NOON,
    ).pk


def primary_of(contact):
    return Primary(contact.created_at, contact.id)


def stored_rows():
    """All rows of the contact table by id, as a tuple of what the specification names."""
    columns = ("id", "email", "phone_number", "linked_id", "link_precedence", "deleted_at")
    return list(Contact.objects.order_by("id").values_list(*columns))


def make_hub(size, phone, *, email="hub"):
    """A person of so many contacts who share a phone; each has an email of its own. Its primary."""
    primary = make_contact(f"{email}0@x.example", phone)
    _, phone_key = keys_of(None, phone)
    Contact.objects.bulk_create(
        Contact(
            workspace_id=DEFAULT_WORKSPACE_ID,
            email=f"{email}{n}@x.example",
            email_key=f"{email}{n}@x.example",
            phone_number=phone,
            phone_key=phone_key,
            linked=primary,
            link_precedence="secondary",
            created_at=primary.created_at + timedelta(seconds=n),
            updated_at=primary.created_at,
        )
        for n in range(1, size)
    )
    return primary
