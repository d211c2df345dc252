"""Races of requests that name values of declared kinds, over HTTP, in several processes at once."""

import json
import random
from collections import Counter
from typing import NamedTuple

import pytest

from tests.concurrency.load import CONNECTIONS, send_at_once
from tests.effort import over_http
from tests.server import request, running_server

ROUNDS = range(over_http(2))
POLICY = {
    "kinds": {
        "customerNumber": {"perPerson": 1},
        "whatsapp": {},
        "card": {"normalize": "digits"},
        "note": {"links": False},
    }
}


class Asked(NamedTuple):
    """The body of a request."""

    body: dict


@pytest.fixture(scope="module")
def running(tmp_path_factory):
    with running_server(tmp_path_factory.mktemp("server"), WORKERS="4") as server:
        yield server


@pytest.fixture
def race(server):
    """Send requests at once, after others that are all answered; their outcomes."""
    body = json.dumps(POLICY).encode()
    assert server.exchange(request(body, method="PUT", path="/policy")).status == 200

    def race(bodies, *, after=()):
        told = send_at_once(server.url, map(Asked, after))
        raced = send_at_once(server.url, map(Asked, random.sample(bodies, len(bodies))))
        assert {each.status for each in (*told, *raced)} <= {200}
        return Counter(each.outcome for each in raced)

    yield race
    assert server.check().returncode == 0


def declared(**identifiers):
    return {"identifiers": identifiers}


def persons(server):
    """The contacts of each person, by its id."""
    rows = server.database.rows("SELECT coalesce(linked_id, id), others FROM contact")
    found = {}
    for person_id, others in rows:
        values = found.setdefault(person_id, set())
        values.update((kind, form) for kind, _, _, form in json.loads(others or "[]"))
    return found


def test_eight_persons_merge_by_requests_that_name_them_in_opposite_orders_at_once(race, server):
    for round in ROUNDS:
        ids = [f"{round}-{n}" for n in range(8)]
        requests = [declared(whatsapp=ids), declared(whatsapp=ids[::-1])]
        requests += [declared(whatsapp=random.sample(ids, 8)) for _ in range(CONNECTIONS - 2)]

        outcomes = race(requests, after=[declared(whatsapp=each) for each in ids])

        assert outcomes == {"merged": 1, "unchanged": CONNECTIONS - 1}
    assert len(persons(server)) == len(ROUNDS)


def test_a_new_value_with_many_others_at_once_is_one_person(race, server):
    for round in ROUNDS:
        outcomes = race(
            [declared(whatsapp=f"W{round}", card=f"5{round}{n:04}") for n in range(CONNECTIONS)]
        )

        assert outcomes == {"created": 1, "linked": CONNECTIONS - 1}
    assert len(persons(server)) == len(ROUNDS)


def test_a_shared_phone_joins_no_two_customer_numbers(race, server):
    numbers = [f"C{n}" for n in range(CONNECTIONS // 3)]
    requests = [
        {"phoneNumber": "700", "email": f"{each}-{copy}@x.example", **declared(customerNumber=each)}
        for each in numbers
        for copy in range(3)
    ]

    race(requests)

    found = persons(server)
    assert sorted(found.values(), key=sorted) == sorted(
        ({("customerNumber", each)} for each in numbers), key=sorted
    )


def test_a_value_that_is_only_carried_is_stored_once_by_equal_requests_at_once(race, server):
    request = {"email": "a@x.example", **declared(note="gold")}

    outcomes = race([request] * CONNECTIONS, after=[{"email": "a@x.example"}])

    assert outcomes == {"linked": 1, "unchanged": CONNECTIONS - 1}


def test_requests_of_all_kinds_at_once_make_the_persons_that_their_values_make(race, server):
    kinds = {"email": str, "phoneNumber": str, "whatsapp": str, "card": str}
    requests = []
    for _ in range(3 * CONNECTIONS):
        body = {}
        for kind in random.sample(sorted(kinds), random.randint(1, 3)):
            n = random.randrange(60)
            value = {"email": f"p{n}@x.example", "phoneNumber": f"7{n:05}"}.get(kind, f"5{n}")
            if kind in ("email", "phoneNumber"):
                body[kind] = value
            else:
                body.setdefault("identifiers", {})[kind] = value
        requests.append(body)

    race(requests)

    groups = []
    for body in requests:
        values = {(k, v) for k, v in body.items() if k != "identifiers"}
        values |= set(body.get("identifiers", {}).items())
        met = [each for each in groups if each & values]
        groups = [each for each in groups if each not in met] + [values.union(*met)]
    assert len(persons(server)) == len(groups)
