"""Every type of event, as it is stored: what its payload holds, and what it does not."""

import json

import pytest
from jsonschema import Draft202012Validator

from reunite.core.events import EVENTS, MAX_TOLD_WHOLE
from reunite.core.policy.rules import policy_from
from reunite.models import Contact, Event, Link
from reunite.services.audit.rebuild import rebuild
from reunite.services.identify.batch import identify_batch
from reunite.services.identify.identify import identify
from reunite.services.persons.show import show_history
from reunite.services.policy.change import change_policy
from reunite.services.repair.delete import delete_contact
from reunite.services.repair.erase import erase, read_contacts
from reunite.services.repair.links import (
    approve_link,
    defer_link,
    join,
    reject_link,
    restore_link,
    revoke_link,
)
from reunite.services.repair.retire import restore, retire
from reunite.services.repair.separate import lift, separate
from reunite.services.repair.split import split
from reunite.services.repair.undo import undo
from reunite.services.webhooks.webhooks import create_webhook, disable_webhook
from reunite.store.database.transactions import transaction
from tests.bulk.planning import write_csv
from tests.imports.files import import_files
from tests.marks import MARKS, lines_with_marks
from tests.scopes import SCOPE
from tools.events import schemas

VALIDATOR = Draft202012Validator(json.loads(schemas()))


def new(marks):
    """The id of the contact that the values of marks add."""
    return identify(SCOPE, marks.email, marks.phone).person.contacts[-1].id


def merge(one, other):
    """A request with values of two persons; the id of the link that it leaves."""
    identify(SCOPE, one.email, other.phone)
    return Link.objects.latest("id").pk


def load_and_request(folder, marks):
    """A first load, then requests one by one, in a batch and from a file."""
    rows = [(a.email, a.phone, n) for n, a in enumerate(marks[:3])]
    import_files(write_csv(folder / "first.csv", rows))
    for way in (0, 1, 2):
        one, other, blocked = marks[10 * way + 3 : 10 * way + 6]
        change_policy(SCOPE, policy_from({"blocked": {"phoneNumbers": [blocked.phone]}}))
        requests = [
            (one.email, one.phone),
            (other.email, other.phone),
            (one.email, other.phone),
            (blocked.email, blocked.phone),
        ]
        if way == 0:
            for each in requests:
                identify(SCOPE, *each)
        elif way == 1:
            identify_batch(SCOPE, requests)
        else:
            numbered = [(*each, n) for n, each in enumerate(requests)]
            import_files(write_csv(folder / "second.csv", numbered))


def review(marks):
    """Merges that are held, and what is decided about them."""
    for send, (one, other) in zip(
        (lambda *each: identify(SCOPE, *each), lambda *each: identify_batch(SCOPE, [each])),
        (marks[:2], marks[2:4]),
        strict=True,
    ):
        kept = separate(SCOPE, new(one), new(other), reason=one.name).separation_id
        send(one.email, other.phone)
        held = Link.objects.get(state="held").pk
        defer_link(SCOPE, held, reason=one.email)
        reject_link(SCOPE, held, reason=one.name)
        restore_link(SCOPE, held, reason=one.name)
        lift(SCOPE, kept)
        approve_link(SCOPE, held, reason=one.name)
    one, other = marks[4:6]
    kept = separate(SCOPE, new(one), new(other)).separation_id
    identify(SCOPE, one.email, other.phone)
    lift(SCOPE, kept)
    ends = [Contact.objects.get(email=each.email).pk for each in (one, other)]
    joined = join(SCOPE, *ends, reason=one.email)  # The held link is settled,
    undo(SCOPE, joined.undo.repair_id, reason=one.email)  # and held again.


def repair(marks):
    a, b, c, d = marks[:4]
    new(a), new(b)
    link = merge(a, b)
    revoke_link(SCOPE, link, reason=a.email, keep_apart=True)
    identify(SCOPE, c.email, c.phone)
    second = identify(SCOPE, d.email, c.phone).person.contacts[-1].id
    person = Contact.objects.get(pk=second).linked_id
    retire(SCOPE, phone_number=c.phone, reason=c.name)
    restore(SCOPE, phone_number=c.phone)
    split(SCOPE, person, [second], reason=d.name)
    delete_contact(SCOPE, second)
    erase(SCOPE, person)


def grow(marks):
    """Persons that become suspicious, and hubs that guards retire, in each way."""
    one, *others = marks
    for each in others[:10]:
        identify(SCOPE, each.email, one.phone)
    identify(SCOPE, others[10].email, one.phone)
    for size, send in (
        (2, lambda rows: [identify(SCOPE, *each) for each in rows]),
        (25, lambda rows: identify_batch(SCOPE, rows)),
    ):
        hub, *carriers = marks[20 * (size == 25) + 20 :][: size + 2]
        change_policy(SCOPE, policy_from({"limits": {"contactsPerPhone": size}}))
        send([(each.email, hub.phone) for each in carriers])


def corrupt_and_rebuild():
    secondary = Contact.objects.filter(linked__isnull=False, deleted_at=None).latest("id")
    Contact.objects.filter(pk=secondary.pk).update(linked=None, link_precedence="primary")
    rebuild(SCOPE)


@pytest.fixture
def stored(tmp_path):
    """The events after a run that leads to one of each type at least."""
    load_and_request(tmp_path, MARKS)
    review(MARKS[40:])
    repair(MARKS[50:])
    corrupt_and_rebuild()
    grow(MARKS[60:])
    change_policy(SCOPE, policy_from({"blocked": {"emails": [MARKS[3].email]}}))
    disable_webhook(SCOPE, create_webhook(SCOPE, "https://shop.example/").shown.webhook.id)
    return list(Event.objects.order_by("position"))


def test_every_type_of_the_catalogue_is_stored_as_its_schema_says(stored):
    assert {each.type for each in stored} == EVENTS.keys()
    for each in stored:
        VALIDATOR.validate({"type": each.type, "payload": each.payload})
    origins = {each.payload["origin"] for each in stored if each.type == "identifier.retired"}
    assert origins == {"guard", "operator"}
    links = [each.payload.get("linkId") for each in stored if each.type == "person.merged"]
    assert len(links) >= 3
    assert all(links)


def test_no_stored_event_holds_a_value_of_a_person(stored):
    assert Contact.objects.filter(email=MARKS[0].email).exists()
    text = "\n".join(json.dumps([each.type, each.payload]) for each in stored)
    assert lines_with_marks(text) == []


def test_a_guard_tells_what_an_operator_does(stored):
    (by_guard, *_), (by_operator, *_) = (
        [e for e in stored if e.type == "identifier.retired" and e.payload["origin"] == origin]
        for origin in ("guard", "operator")
    )
    assert by_guard.payload.keys() == by_operator.payload.keys()
    (before,) = by_guard.payload["before"]
    assert by_guard.payload["contactIds"] == sorted(before["contactIds"])


def test_of_a_hub_that_held_very_many_persons_only_the_oldest_is_told_all(stored):
    told = [
        each.payload
        for each in stored
        if each.type == "identifier.retired" and each.payload["origin"] == "guard"
    ]
    whole = [each for each in told if len(each["after"]) > MAX_TOLD_WHOLE]
    parts = [each for each in told if "contactIds" not in each]
    assert len(whole) == 1
    assert len(parts) == len(whole[0]["after"]) - 1


OLD_ROWS = {
    "contact.created": {"contactId": 1},
    "person.merged": {"absorbedId": 2, "contactIds": [2]},
    "identifier.retired": {
        "kind": "phone",
        "origin": "guard",
        "before": [{"personId": 1, "contactIds": [1, 2]}],
        "after": [
            {"personId": 1, "contactIds": [1]},
            {"personId": 2, "contactIds": [2]},
        ],
    },
    "link.revoked": {
        "linkId": 1,
        "separationIds": [],
        "before": [{"personId": 1, "contactIds": [1, 2]}],
        "after": [{"personId": 1, "contactIds": [1]}],
    },
}
OLD_OF_AN_OPERATOR = {
    "kind": "phone",
    "contactIds": [1, 2],
    "suspendedLinkIds": [],
    "before": [{"personId": 1, "contactIds": [1, 2]}],
    "after": [{"personId": 1, "contactIds": [1]}],
}


@pytest.mark.parametrize(
    ("type", "payload"), [*OLD_ROWS.items(), ("identifier.retired", OLD_OF_AN_OPERATOR)]
)
def test_rows_of_older_versions_are_answered_as_they_are(type, payload):
    VALIDATOR.validate({"type": type, "payload": payload})
    contact = Contact.objects.get(pk=new(MARKS[0]))
    row = Event.objects.create(
        workspace_id=0,
        type=type,
        person_id=contact.pk,
        payload=payload,
        created_at=contact.created_at,
    )
    *_, told = show_history(SCOPE, contact.pk, after=0, limit=10).events
    assert (told.position, told.type, told.payload) == (row.pk, type, payload)
    with transaction(wait_seconds=5) as locked:
        assert [each.id for each in read_contacts(SCOPE, locked, contact.pk)[1]] == [contact.pk]
