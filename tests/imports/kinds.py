"""Files whose rows have values of declared kinds, and what is stored once they are."""

import csv
from datetime import timedelta
from pathlib import Path

from reunite.core.errors import InvalidRequest, NoUsableIdentifier
from reunite.models import Contact, Link, Retired, Withheld
from reunite.services.identify.batch import identify_batch
from reunite.services.identify.identify import identify
from reunite.services.imports.progress import rules_in_force
from reunite.services.policy.change import change_policy, read_policy
from tests.builders import NOON
from tests.emptying import empty_tables
from tests.scopes import SCOPE

KINDS = {
    "customerNumber": {"perPerson": 1, "blocked": ["0"]},
    "email": {},
    "whatsapp": {"normalize": "lower", "contactsPerValue": 3},
    "card": {"perPerson": 2, "normalize": "digits", "pattern": "[0-9]{1,2}"},
    "note": {"links": False, "normalize": "none"},
}
"""An exclusive kind, two with limits, and one that is carried only."""

FREE = {
    "whatsapp": {"normalize": "lower"},
    "phone": {},
    "customerNumber": {},
    "mailbox": {"normalize": "email", "blocked": ["b@x.example"]},
    "line": {"normalize": "phone"},
}
"""Kinds without limits, of which each joins; phones are stronger than emails."""

CARRYING = {"note": {"links": False, "blocked": ["x0"]}, "customerNumber": {}, "whatsapp": {}}
"""A kind that is carried only, and nothing that a guard could stop."""

ORDER = {"phone": {}, "email": {}}
"""No kind of its own: phones are stronger than emails."""

VALUES = {
    "customerNumber": ("1", "2", " 2 ", "3", "0", "n/a"),
    "whatsapp": ("In.1", "IN.1", "in.2", "in.3"),
    "card": ("1", "2-", "3", "44", "xy", "no", "123"),
    "note": ("x", " x", "y"),
    "mailbox": ("a@x.example", "A@X.example ", "b@x.example", "none at all"),
    "line": ("+14155552671", "+1 415 555 2671", "12", "x"),
}


def declare(kinds):
    change_policy(SCOPE, read_policy(SCOPE, {"kinds": kinds}))


def some_rows(chance, kinds, count, *, spread=1):
    """Rows of an email, a phone number and values by kind, two at most of a kind.

    With a larger ``spread`` there are so many times as many different ones, so more persons.
    """
    names = [kind for kind in kinds if kind in VALUES]
    return [_some_row(chance, names, spread) for _ in range(count)]


def _some_row(chance, names, spread):
    def some(values):
        return f"{chance.choice(values)}{chance.randrange(spread) or ''}"

    email = f"{some('abcde')}@x.example" if chance.random() < 0.4 else None
    phone = some("12345") if chance.random() < 0.4 else None
    values = {
        kind: [some(VALUES[kind]) for _ in range(chance.choice((1, 1, 1, 2)))]
        for kind in chance.sample(
            names, chance.randint(0 if email or phone else min(1, len(names)), len(names))
        )
    }
    return email, phone, values


def write_rows(path, rows, kinds, *, start=0):
    """A file with two columns for each kind: one is called like the kind, one is to be named.

    Each row is an order of its own, a minute after the one before.
    """
    names = [kind for kind in kinds if kind in VALUES]
    with Path(path).open("w", newline="") as file:
        writer = csv.writer(file)
        others = [column for kind in names for column in (kind, f"other {kind}")]
        writer.writerow(("email", "phone", "created_at", "external_id", *others))
        for minute, (email, phone, values) in enumerate(rows, start):
            cells = [cell for kind in names for cell in [*values.get(kind, ()), "", ""][:2]]
            at = NOON + timedelta(minutes=minute)
            writer.writerow((email or "", phone or "", at.isoformat(), minute, *cells))
    return path


def columns_of(kinds):
    """The option that names all columns of ``write_rows``."""
    names = [kind for kind in kinds if kind in VALUES]
    return tuple((kind, column) for kind in names for column in (kind, f"other {kind}"))


def _requests(rows):
    """The requests that rows are: without the values that cannot be read."""
    policy = rules_in_force(SCOPE).policy

    def can_be_read(kind, given):
        try:
            policy.canonical(kind, given)
        except ValueError:
            return False
        return True

    for email, phone, values in rows:
        kept = {
            kind: [each for each in given if can_be_read(kind, each)]
            for kind, given in values.items()
        }
        yield email, phone, frozenset(), {kind: given for kind, given in kept.items() if given}


def send_one_by_one(rows):
    for email, phone, _, values in _requests(rows):
        try:
            identify(SCOPE, email, phone, identifiers=values)
        except (InvalidRequest, NoUsableIdentifier):
            continue


def send_as_batches(rows, size):
    requests = list(_requests(rows))
    for first in range(0, len(rows), size):
        identify_batch(SCOPE, requests[first : first + size])


def begin_anew(kinds):
    empty_tables()
    declare(kinds)


def stored():
    """What is stored of contacts, links, and what guards did, whatever the ids and times."""
    ids = list(Contact.objects.order_by("created_at", "id").values_list("id", flat=True))
    places = {id: place for place, id in enumerate(ids)}
    contacts = [
        (
            *(each.email, each.phone_number, each.email_key, each.phone_key, each.others),
            places.get(each.linked_id),
        )
        for each in Contact.objects.order_by("created_at", "id")
    ]
    links = Link.objects.order_by("id").values_list(
        *("left_kind", "left_key", "right_kind", "right_key", "left_value", "right_value"),
        *("state", "held_for"),
    )
    withheld = Withheld.objects.values_list("contact_id", "kind", "value")
    return (
        contacts,
        sorted(map(str, links)),
        sorted(Retired.objects.values_list("kind", "key")),
        sorted((places[id], kind, value) for id, kind, value in withheld),
    )
