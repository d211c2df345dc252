"""Bridges of a graph come in the order in which somebody should look at them."""

from tests.builders import make_contact


def test_the_bridge_that_parts_most_contacts_comes_first(client):
    first = make_contact("a@x.example", "555")
    for email, phone in (("a@x.example", None), ("b@x.example", "555"), ("b@x.example", None)):
        make_contact(email, phone, primary=first)
    bridges = client.get(f"/persons/{first.id}/graph").json()["bridges"]
    sizes = [sorted(group["size"] for group in each["groups"]) for each in bridges]
    assert (sizes[0], sizes[-1]) == ([2, 2], [1, 3])
