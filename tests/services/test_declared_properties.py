"""Random histories with values of declared kinds, alone or in a batch, and what operators do."""

import random

import pytest

from reunite.core.errors import ReuniteError
from reunite.core.identify.plan import Identified
from reunite.models import Contact, Link, Separation
from reunite.services.audit.check import check
from reunite.services.audit.rebuild import rebuild
from reunite.services.identify.batch import identify_batch
from reunite.services.identify.identify import identify
from reunite.services.identify.resolve import resolve
from reunite.services.policy.change import change_policy, read_policy
from reunite.services.repair.delete import delete_contact
from reunite.services.repair.erase import erase
from reunite.services.repair.links import approve_link, join, reject_link, revoke_link
from reunite.services.repair.retire import restore, retire
from reunite.services.repair.separate import lift, separate
from reunite.services.repair.split import split
from reunite.services.repair.undo import undo
from tests.effort import EFFORT
from tests.emptying import empty_tables
from tests.scopes import SCOPE

pytestmark = pytest.mark.django_db(transaction=True)

KINDS = {
    "customerNumber": {"perPerson": 1},
    "email": {},
    "whatsapp": {"normalize": "lower", "contactsPerValue": 4},
    "card": {"perPerson": 2},
    "note": {"links": False},
}
OTHERS = tuple(kind for kind in KINDS if kind != "email")


@pytest.fixture
def chance(request):
    return random.Random(request.param)


def seeds(count):
    return pytest.mark.parametrize("chance", range(count * EFFORT), indirect=True)


def declare(kinds=KINDS):
    change_policy(SCOPE, read_policy(SCOPE, {"kinds": kinds}))


def some_request(chance):
    """An email, a phone number and values of declared kinds; one of them at least counts."""
    email = f"{chance.choice('abcd')}@x.example" if chance.random() < 0.5 else None
    phone = chance.choice("1234") if email is None or chance.random() < 0.4 else None
    kinds = chance.sample(OTHERS, chance.randint(0, 3))
    values = {
        kind: [chance.choice("PQpq") for _ in range(chance.choice((1, 1, 2)))] for kind in kinds
    }
    if "customerNumber" in values:
        values["customerNumber"] = values["customerNumber"][:1]
    return email, phone, frozenset(), values


def told(answer):
    if not isinstance(answer, Identified):
        return type(answer)
    person = answer.person
    ids = [contact.id for contact in person.contacts]
    return answer.outcome, ids, person.emails, person.phone_numbers, person.others


@seeds(6)
def test_a_batch_leaves_what_single_requests_leave(chance):
    requests = [some_request(chance) for _ in range(25)]
    declare()
    alone = []
    for email, phone, _, values in requests:
        try:
            expected = resolve(SCOPE, email, phone, identifiers=values).decision.outcome
            answer = identify(SCOPE, email, phone, identifiers=values)
            assert answer.outcome is expected
        except ReuniteError as error:
            answer = error
        alone.append(told(answer))
    one_by_one = rows()
    empty_tables()
    declare()

    together = [told(each) for each in identify_batch(SCOPE, requests)]

    assert renumbered(together) == renumbered(alone)
    assert rows() == one_by_one
    assert list(check()) == []


def rows():
    """What is stored of contacts and links, whatever the ids."""
    places = {
        id: n for n, id in enumerate(Contact.objects.order_by("id").values_list("id", flat=True))
    }
    contacts = [
        (each.email_key, each.phone_key, each.others, places.get(each.linked_id))
        for each in Contact.objects.order_by("id")
    ]
    links = Link.objects.values_list("left_kind", "left_key", "right_kind", "right_key", "state")
    return contacts, sorted(links)


def renumbered(answers):
    ids = sorted({id for each in answers if isinstance(each, tuple) for id in each[1]})
    place = {id: n for n, id in enumerate(ids)}
    return [
        (each[0], [place[id] for id in each[1]], *each[2:]) if isinstance(each, tuple) else each
        for each in answers
    ]


def some_id(chance, model):
    return chance.choice(list(model.objects.values_list("pk", flat=True)) or [0])


def some_value(chance):
    email, phone, _, values = some_request(chance)
    for kind, given in values.items():
        return None, None, {kind: given[:1]}
    return email, None if email else phone, {}


def operations(chance, undone):
    """What an operator may do, by a short name."""
    contact, other = some_id(chance, Contact), some_id(chance, Contact)
    link = some_id(chance, Link)
    email, phone, values = some_value(chance)
    less = {kind: each for kind, each in KINDS.items() if kind != chance.choice(OTHERS)}
    exact = {**KINDS, "whatsapp": {"normalize": "none"}}
    return {
        "retire": lambda: retire(SCOPE, email, phone, identifiers=values),
        "restore": lambda: restore(SCOPE, email, phone, identifiers=values),
        "split": lambda: split(SCOPE, contact, [contact], keep_apart=chance.random() < 0.5),
        "delete": lambda: delete_contact(SCOPE, contact),
        "erase": lambda: erase(SCOPE, contact),
        "join": lambda: join(SCOPE, contact, other, reason=""),
        "separate": lambda: separate(SCOPE, contact, other, reason=""),
        "lift": lambda: lift(SCOPE, some_id(chance, Separation), give_back=True),
        "approve": lambda: approve_link(SCOPE, link),
        "reject": lambda: reject_link(SCOPE, link),
        "revoke": lambda: revoke_link(SCOPE, link),
        "undo": lambda: undo(SCOPE, undone[-1]),
        "declare": lambda: declare(chance.choice([KINDS, less, exact, None])),
    }


@seeds(8)
def test_what_is_stored_is_what_the_evidence_says_whatever_is_done(chance):
    declare()
    undone = [0]
    for _ in range(12):
        for _ in range(4):
            email, phone, _, values = some_request(chance)
            try:
                identify(SCOPE, email, phone, identifiers=values)
            except ReuniteError:
                continue
        able = operations(chance, undone)
        name = chance.choice(sorted(able))
        try:
            done = able[name]()
        except ReuniteError:
            continue
        undone.append(getattr(getattr(done, "undo", None), "repair_id", undone[-1]))
        assert list(check()) == [], name
    assert rebuild(SCOPE, dry_run=True).changes_nothing
