"""Races: requests that meet at the same persons, over HTTP, in several processes at once."""

import random
from collections import Counter

import pytest

from tests.concurrency.load import CONNECTIONS, Request, send_at_once
from tests.concurrency.verification import what_is_wrong
from tests.effort import over_http
from tests.server import running_server

ROUNDS = range(over_http(3))


@pytest.fixture(scope="module")
def running(tmp_path_factory):
    with running_server(tmp_path_factory.mktemp("server"), WORKERS="4") as server:
        yield server


@pytest.fixture
def race(server):
    """Send requests at once, after others that are all answered; what they led to, verified."""
    answers = []

    def race(requests, *, after=()):
        answers.extend(send_at_once(server.url, after))
        raced = send_at_once(server.url, random.sample(requests, len(requests)))
        answers.extend(raced)
        assert what_is_wrong(server, answers) == []
        return Counter(answer.outcome for answer in raced)

    return race


def email(*name):
    """An email, in any of its spellings."""
    text = f"{'.'.join(map(str, name))}@x.example"
    return random.choice([text, text.upper(), text.title()])


def phone(*numbers):
    """A phone number, in any of its spellings."""
    text = "7" + "".join(f"{number:03}" for number in numbers)
    return random.choice([text, f"({text[:4]}) {text[4:]}", f"{text[:4]}-{text[4:]}"])


def test_identical_new_requests_at_once_make_one_contact(race):
    persons = range(6)
    copies = range(CONNECTIONS // len(persons))

    for round in ROUNDS:
        outcomes = race(
            [Request(email(round, n), phone(round, n)) for n in persons for _ in copies]
        )

        assert outcomes == {"created": len(persons), "unchanged": CONNECTIONS - len(persons)}


def test_a_new_email_with_many_phones_at_once_is_one_person(race):
    for round in ROUNDS:
        outcomes = race([Request(email(round), phone(round, n)) for n in range(CONNECTIONS)])

        assert outcomes == {"created": 1, "linked": CONNECTIONS - 1}


def test_a_new_phone_with_many_emails_at_once_is_one_person(race):
    for round in ROUNDS:
        outcomes = race([Request(email(round, n), phone(round)) for n in range(CONNECTIONS)])

        assert outcomes == {"created": 1, "linked": CONNECTIONS - 1}


def test_two_persons_that_merge_in_opposite_directions_at_once_merge_once(race):
    pairs = range(CONNECTIONS // 2)

    for round in ROUNDS:
        outcomes = race(
            [
                Request(email(round, n, one), phone(round, n, other))
                for n in pairs
                for one, other in ((0, 1), (1, 0))
            ],
            after=[
                Request(email(round, n, one), phone(round, n, one)) for n in pairs for one in (0, 1)
            ],
        )

        assert outcomes == {"merged": len(pairs), "unchanged": len(pairs)}


def test_a_ring_of_thirty_persons_joined_by_all_its_links_at_once_is_one_person(race):
    ring = range(30)

    for round in ROUNDS:
        outcomes = race(
            [Request(email(round, n), phone(round, (n + 1) % len(ring))) for n in ring],
            after=[Request(email(round, n), phone(round, n)) for n in ring],
        )

        assert outcomes == {"merged": len(ring) - 1, "unchanged": 1}


def test_secondaries_that_arrive_for_a_person_while_it_is_absorbed_find_the_survivor(race):
    trios = range(12)

    for round in ROUNDS:
        merges = [
            Request(email(round, n, older), phone(round, n, younger))
            for n in trios
            for older, younger in ((0, 1), (1, 2))
        ]
        arrivals = [
            Request(email(round, n, known), phone(round, n, known, new))
            for n in trios
            for known in (1, 2)
            for new in range(2)
        ] + [
            Request(email(round, n, known, new), phone(round, n, known))
            for n in trios
            for known in (1, 2)
            for new in range(2)
        ]
        outcomes = race(
            merges + arrivals,
            after=[
                Request(email(round, n, k), phone(round, n, k)) for n in trios for k in range(3)
            ],
        )

        assert outcomes == {"merged": len(merges), "linked": len(arrivals)}


def test_everything_at_once_from_nothing_is_who_was_said_together(race):
    for round in ROUNDS:
        race(anything(round, number=300))


def test_batches_and_single_requests_at_once_are_who_was_said_together(race):
    for round in ROUNDS:
        requests = anything(round, number=500)
        singles, batched = requests[:200], requests[200:]
        race(singles + [batched[start : start + 25] for start in range(0, len(batched), 25)])


def anything(round, *, number):
    """Requests, some one-sided and many repeated, about a few persons or many."""
    groups = range(random.choice([2, 8, 30]))
    values = range(random.choice([3, 8]))
    return [
        random.choice([both] * 6 + [both._replace(email=None), both._replace(phone=None)])
        for both in (
            Request(email(round, group, one), phone(round, group, other))
            for group, one, other in zip(
                *(random.choices(each, k=number) for each in (groups, values, values)), strict=True
            )
        )
    ]
