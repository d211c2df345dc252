"""Links and separations of one person, by any id of it."""

import pytest

from reunite.core.errors import ContactDeleted, PersonErased, PersonNotFound
from reunite.services.identify.identify import identify
from reunite.services.repair.delete import delete_contact
from reunite.services.repair.erase import erase
from reunite.services.repair.links import join, list_links
from reunite.services.repair.retire import retire
from reunite.services.repair.separate import list_separations, separate
from reunite.services.repair.split import split
from tests.scopes import SCOPE


def new(email, phone):
    """The id of the contact that these details add."""
    return identify(SCOPE, email, phone).person.contacts[-1].id


def links(contact_id, *, state="live", after=0, limit=100):
    found = list_links(SCOPE, state=state, after=after, limit=limit, contact_id=contact_id)
    return [each.id for each in found]


def separations(contact_id, *, after=0, limit=100):
    found = list_separations(SCOPE, after=after, limit=limit, contact_id=contact_id)
    return [each.id for each in found]


@pytest.fixture
def merged():
    """The ids of two persons that requests made one, and of two others that became one."""
    ids = [new(f"{name}@x.example", f"70{n}") for n, name in enumerate("abcd")]
    identify(SCOPE, "a@x.example", "701")
    identify(SCOPE, "c@x.example", "703")
    return ids


def test_links_of_a_person_are_found_by_any_id_of_it(merged):
    a, b, c, d = merged
    one, other = [each.id for each in list_links(SCOPE, state="live", after=0, limit=100)]

    assert links(a) == links(b) == [one]
    assert links(c) == links(d) == [other]

    join(SCOPE, b, d)
    everything = [each.id for each in list_links(SCOPE, state="live", after=0, limit=100)]
    assert all(links(each) == everything for each in merged)
    assert len(everything) == 3


def test_they_come_in_pages(merged):
    a, _, _, d = merged
    join(SCOPE, a, d)
    first, second, third = links(a)
    assert links(a, limit=2) == [first, second]
    assert links(a, after=second) == [third]
    assert links(a, after=third) == []


def test_a_held_link_is_of_the_persons_at_both_ends_and_of_nobody_else(merged):
    a, _, c, _ = merged
    stranger = new("e@x.example", "705")
    separate(SCOPE, a, c)
    identify(SCOPE, "a@x.example", "702")

    (held,) = links(a, state="held")
    assert links(c, state="held") == [held]
    assert links(stranger, state="held") == []
    assert links(a) != links(c)


def test_a_link_whose_end_was_retired_is_still_of_its_person(merged):
    a, b, c, _ = merged
    (link,) = links(a)
    retire(SCOPE, "a@x.example", None)

    assert links(a, state="suspended") == [link] == links(b, state="suspended")
    assert links(c, state="suspended") == []


def test_a_link_of_an_email_that_a_split_left_to_the_other_side_is_of_that_side():
    one = new("a@x.example", "700")
    two = new("b@x.example", "700")
    other = new("c@x.example", "701")
    identify(SCOPE, "c@x.example", "700")
    split(SCOPE, one, [two])

    assert links(one) == links(other)
    assert len(links(one)) == 1
    assert links(two) == []


def test_separations_of_a_person_are_found_by_any_id_of_it(merged):
    a, b, c, d = merged
    stranger = new("e@x.example", "705")
    one = separate(SCOPE, a, c).separation_id
    other = separate(SCOPE, stranger, d).separation_id

    assert separations(a) == separations(b) == [one]
    assert separations(c) == separations(d) == [one, other]
    assert separations(d, limit=1) == [one]
    assert separations(d, after=one) == [other]
    assert separations(stranger) == [other]


def test_who_is_not_there_is_told(merged):
    a, b, c, _ = merged
    delete_contact(SCOPE, a)
    erase(SCOPE, c)
    for find in (links, separations):
        with pytest.raises(ContactDeleted):
            find(a)
        with pytest.raises(PersonErased):
            find(c)
        with pytest.raises(PersonNotFound):
            find(99_999_999)
        assert find(b) == []
