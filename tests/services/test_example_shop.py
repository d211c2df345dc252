"""The example shop shows one of everything that an operator meets."""

from reunite.models import Contact
from reunite.services.audit.check import check
from reunite.services.example_shop import load_example_shop
from reunite.services.identify.resolve import resolve
from reunite.services.persons.show import show_evidence
from reunite.services.persons.statistics import guard_statistics, most_carried, person_statistics
from reunite.services.repair.links import list_links
from tests.scopes import SCOPE


def test_the_story_has_a_family_a_merge_a_bridge_a_hub_and_a_hold():
    assert load_example_shop(SCOPE)

    assert 35 <= Contact.objects.count() <= 45
    family = resolve(SCOPE, "lorraine@hillvalley.example", None).person
    assert {"mcfly@hillvalley.example", "dave@hillvalley.example"} <= set(family.emails)
    merged = resolve(SCOPE, "biffsucks@hillvalley.example", None).person
    assert merged.emails[0] == "george@hillvalley.example"
    doc = resolve(SCOPE, "doc@brown.example", None).person
    bridges = show_evidence(SCOPE, doc.id).evidence.bridges()
    sides = [sorted(group.size for group in each.groups) for each in bridges]
    assert [4, 4] in sides
    assert most_carried(SCOPE, limit=1)[0].contacts == 13
    assert person_statistics(SCOPE).suspicious_count == 1
    (hold,) = list_links(SCOPE, state="held", after=0, limit=9)
    assert hold.held_for == "kept_apart"
    assert guard_statistics(SCOPE).separations == 1
    assert list(check()) == []


def test_the_story_is_told_once():
    load_example_shop(SCOPE)
    count = Contact.objects.count()
    assert not load_example_shop(SCOPE)
    assert Contact.objects.count() == count
