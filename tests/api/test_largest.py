from reunite.services.identify.identify import identify
from tests.builders import make_contact
from tests.scopes import SCOPE


def test_the_largest_persons_come_first(client):
    ann = identify(SCOPE, "ann@x.example", "1001").person.id
    ben = identify(SCOPE, "ben@x.example", "1002").person.id
    identify(SCOPE, "ben@x.example", "1003")

    assert client.get("/persons/largest").json() == {
        "persons": [
            {"personId": ben, "contacts": 2, "emails": 1, "phoneNumbers": 2},
            {"personId": ann, "contacts": 1, "emails": 1, "phoneNumbers": 1},
        ],
        "next": None,
    }
    assert client.get("/persons/largest?after=2").json() == {"persons": [], "next": None}


def test_identifiers_that_most_contacts_carry_come_first(client):
    for name in "abc":
        person = identify(SCOPE, f"{name}@x.example", "1001").person.id
    identify(SCOPE, "c@x.example", "1002")
    identify(SCOPE, "d@x.example", "1003")

    assert client.get("/identifiers/most-carried").json() == {
        "identifiers": [
            {"kind": "phone", "value": "1001", "contacts": 3, "personId": person},
            {"kind": "email", "value": "c@x.example", "contacts": 2, "personId": person},
        ],
        "next": None,
    }


def test_the_lists_have_pages(client):
    for number in range(101):
        make_contact(email=f"{number}@x.example")

    first = client.get("/persons/largest").json()
    second = client.get(f"/persons/largest?after={first['next']}").json()

    assert (len(first["persons"]), first["next"]) == (100, 100)
    assert (len(second["persons"]), second["next"]) == (1, None)
    assert client.get("/persons/largest?after=10001").status_code == 400
