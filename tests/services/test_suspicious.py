"""Who becomes suspicious is told once, however it comes about."""

import logging

import pytest

from reunite.core.policy.rules import policy_from
from reunite.models import Contact, Event, Link
from reunite.services.identify.batch import identify_batch
from reunite.services.identify.identify import identify
from reunite.services.imports.import_rows import import_rows
from reunite.services.imports.progress import rules_in_force
from reunite.services.persons.statistics import guard_statistics
from reunite.services.policy.change import change_policy
from reunite.services.repair.links import join, revoke_link
from reunite.services.repair.retire import restore, retire
from tests.builders import make_contact, make_hub, row_of
from tests.scopes import SCOPE

PHONE = "123456"


def one_by_one(requests):
    for email, phone in requests:
        identify(SCOPE, email, phone)


def by_a_batch(requests):
    identify_batch(SCOPE, requests)


def by_a_file(requests):
    import_rows(SCOPE, [row_of(*each) for each in requests], rules=rules_in_force(SCOPE))


def by_a_guarded_batch(requests):
    change_policy(SCOPE, policy_from({"limits": {"emailsPerPerson": 99}}))
    identify_batch(SCOPE, requests)


def by_guarded_requests(requests):
    change_policy(SCOPE, policy_from({"limits": {"emailsPerPerson": 99}}))
    one_by_one(requests)


def by_a_guarded_file(requests):
    change_policy(SCOPE, policy_from({"limits": {"emailsPerPerson": 99}}))
    by_a_file(requests)


WAYS = [
    one_by_one,
    by_a_batch,
    by_a_file,
    by_guarded_requests,
    by_a_guarded_batch,
    by_a_guarded_file,
]


def told():
    events = Event.objects.filter(type="person.suspicious").order_by("position")
    said = ("contacts", "emails", "phoneNumbers")
    return [(event.person_id, *(event.payload[each] for each in said)) for event in events]


def newcomers(count, *, after=0):
    return [(f"new{n}@x.example", PHONE) for n in range(after, after + count)]


@pytest.mark.parametrize("send", WAYS)
def test_the_eleventh_email_is_told_and_none_after_it(send, caplog):
    send(newcomers(10))
    assert told() == []

    with caplog.at_level(logging.WARNING, "reunite"):
        send(newcomers(1, after=10))
        send(newcomers(5, after=11))

    ((person_id, contacts, emails, phones),) = told()
    assert person_id == identify(SCOPE, None, PHONE).person.id
    assert (emails, phones) == (contacts, 1)
    # A batch tells when its eleventh came; a file in the end of its chunk.
    assert contacts == 11
    (line,) = [each.getMessage() for each in caplog.records]
    assert line == (f"person {person_id} is suspicious: 11 contacts, 11 emails, 1 phone numbers")
    assert guard_statistics(SCOPE).suspicious == 1


@pytest.mark.parametrize("send", WAYS)
def test_many_phones_of_one_email_are_told(send):
    send([("a@x.example", f"12345{n:02}") for n in range(11)])
    assert [each[2:] for each in told()] == [(1, 11)]


@pytest.mark.parametrize("send", WAYS)
def test_the_fifty_first_contact_is_told_where_no_kind_has_more_than_ten(send):
    one_by_one([(f"e{n}@x.example", PHONE) for n in range(2)])
    primary = Contact.objects.get(linked=None)
    at = primary.created_at
    for _ in range(48):
        make_contact("e1@x.example", PHONE, primary=primary, phone_key=None, created_at=at)
    assert told() == []

    send([("e2@x.example", PHONE)])
    send([("e3@x.example", PHONE)])

    assert told() == [(primary.id, 51, 3, 1)]


@pytest.mark.parametrize("send", WAYS)
def test_a_merge_that_makes_a_person_suspicious_is_told(send):
    one, other = make_hub(6, "1", email="one"), make_hub(6, "2", email="other")

    send([("one0@x.example", "2")])
    send([("new@x.example", "2")])

    assert told() == [(one.id, 12, 12, 2)]
    assert other.id != one.id


@pytest.mark.parametrize("send", WAYS)
def test_who_was_suspicious_before_a_merge_is_not_told_again(send):
    make_hub(60, "1", email="one")
    make_hub(6, "2", email="other")

    send([("one0@x.example", "2"), ("new@x.example", "1")])

    assert told() == []


def test_a_batch_that_makes_and_merges_persons_tells_of_the_one_that_results():
    by_a_file(
        [*newcomers(8), *((f"other{n}@x.example", "2") for n in range(8)), ("new0@x.example", "2")]
    )
    by_a_batch([*((f"third{n}@x.example", "3") for n in range(3)), ("new0@x.example", "3")])

    person_id = identify(SCOPE, None, PHONE).person.id
    assert told() == [(person_id, 16, 16, 2)]


def test_what_an_operator_or_a_policy_joins_is_told():
    one, other = make_hub(6, "1", email="one"), make_hub(6, "2", email="other")

    join(SCOPE, one.id, other.id)
    revoke_link(SCOPE, Link.objects.get().pk)
    assert told() == [(one.id, 12, 12, 2)]

    third = make_hub(11, "3", email="third")
    retire(SCOPE, phone_number="3")
    restore(SCOPE, phone_number="3")
    assert told()[1:] == [(third.id, 11, 11, 1)]


def test_many_are_logged_in_few_lines(caplog):
    rows = [(f"{n}-{m}@x.example", f"77{n:03}") for n in range(22) for m in range(11)]

    with caplog.at_level(logging.WARNING, "reunite"):
        identify_batch(SCOPE, rows)

    lines = [each.getMessage() for each in caplog.records]
    assert len(lines) == 21
    assert lines[-1] == "and 2 more persons are suspicious"
    assert guard_statistics(SCOPE).suspicious == len(told()) == 22


@pytest.mark.parametrize("length", [1, 3, 7, 40])
def test_chunks_of_any_length_tell_of_the_same_persons(length):
    # Persons of 12 emails and 2 phones, of 11 phones and one email, of 10 of each, and of one.
    requests = [(f"{n}.of.12@x.example", f"12{n % 2}") for n in range(12)]
    requests += [("one@x.example", f"11{n:02}") for n in range(11)]
    requests += [(f"{n}.of.10@x.example", f"10{n % 10}") for n in range(10)]
    requests += [(f"{n}.of.10@x.example", f"10{(n + 1) % 10}") for n in range(10)]
    requests += [("0.of.12@x.example", "121"), ("small@x.example", "999")]
    for start in range(0, len(requests), length):
        by_a_file(requests[start : start + length])
    one = {event.person_id for event in Event.objects.filter(type="person.suspicious")}
    counts = {(emails, phones) for _, _, emails, phones in told()}
    assert len(told()) == len(one) == 2
    assert {max(each) for each in counts} <= {11, 12}
