"""Who did it: the name of the key is in every event and in every row that keeps an author."""

from itertools import count

import pytest

from reunite.core.imports.states import ImportState
from reunite.core.policy.policy import Policy
from reunite.core.scope import Scope
from reunite.models import Event, Import, Link, Retired, Separation
from reunite.models import Policy as PolicyRow
from reunite.services.identify.batch import identify_batch
from reunite.services.identify.identify import identify
from reunite.services.persons.show import show_history
from reunite.services.policy.change import change_policy
from reunite.services.repair.delete import delete_contact
from reunite.services.repair.erase import erase
from reunite.services.repair.links import approve_link, join, restore_link, revoke_link
from reunite.services.repair.retire import restore, retire
from reunite.services.repair.separate import lift, separate
from reunite.services.repair.split import split
from reunite.services.repair.undo import undo
from reunite.store.database.queries import outside
from reunite.store.tables import imports
from tests.scopes import SCOPE

SHOP = Scope(0, "order-1", who="shop")


@pytest.fixture
def persons():
    """Makes persons of one contact, each with an email of its own."""
    numbers = count()
    return lambda: identify(SHOP, f"{next(numbers)}@x.example", None).person.id


def test_every_event_of_requests_and_repairs_has_the_name(persons):
    identify(SHOP, "a@x.example", "1")
    identify(SHOP, "b@x.example", "2")
    identify(SHOP, "a@x.example", "2")
    identify_batch(SHOP, [("c@x.example", "3", frozenset()), ("c@x.example", "4", frozenset())])
    one, two, three = persons(), persons(), persons()
    repaired = join(SHOP, one, two)
    undo(SHOP, repaired.undo.repair_id)
    separate(SHOP, one, three)
    lift(SHOP, Separation.objects.get().id)
    revoke_link(SHOP, Link.objects.filter(origin="request", state="live").first().id)
    secondary = identify(SHOP, "a@x.example", "9").person.secondary_ids[-1]
    split(SHOP, identify(SHOP, "a@x.example", None).person.id, [secondary])
    retire(SHOP, None, "3")
    restore(SHOP, None, "3")
    delete_contact(SHOP, persons())
    erase(SHOP, persons())
    change_policy(SHOP, Policy())

    events = Event.objects.values_list("type", "created_by")
    assert {by for _, by in events} == {"shop"}
    assert len({type for type, _ in events}) >= 12


def test_rows_that_keep_an_author_have_the_name(persons):
    one, two = persons(), persons()
    separate(SHOP, one, two)
    retire(SHOP, None, "3")
    change_policy(SHOP, Policy(placeholders=False))
    imports.insert(SHOP, outside, "digest", "orders.csv", state=ImportState.WAITING)

    for model in (Separation, Retired, PolicyRow, Import):
        assert set(model.objects.values_list("created_by", flat=True)) == {"shop"}, model


def test_a_decision_about_a_link_has_the_name_and_loses_it_with_the_decision(persons):
    one, two = persons(), persons()
    separate(SHOP, one, two)
    identify(SHOP, None, "7")
    identify(SHOP, "0@x.example", "7")
    identify(SHOP, "1@x.example", "7")
    held = Link.objects.get(state="held").id
    assert Link.objects.get(pk=held).decided_by is None
    lift(SCOPE, Separation.objects.get().id)

    approve_link(Scope(0, who="support"), held)
    assert Link.objects.get(pk=held).decided_by == "support"
    revoke_link(Scope(0, who="operator"), held)
    assert Link.objects.get(pk=held).decided_by == "operator"
    restore_link(SCOPE, held)
    assert Link.objects.get(pk=held).decided_by is None


def test_the_history_of_a_person_shows_the_name(persons):
    assert [each.created_by for each in show_history(SHOP, persons(), after=0, limit=9).events] == [
        "shop"
    ]
    anonymous = identify(SCOPE, "z@x.example", None).person.id
    (event,) = show_history(SCOPE, anonymous, after=0, limit=9).events
    assert event.created_by is None


def test_rows_of_an_upload_are_of_the_key_that_sent_it():
    id = imports.insert(SHOP, outside, "digest", "orders.csv", state=ImportState.WAITING)
    assert outside.read(imports.scope_of(id)) == Scope(0, who="shop")
    assert outside.read(imports.scope_of(id + 1)) is None


def test_ignored_values_are_told_with_the_name():
    identify(SHOP, "n/a@x.example", "0000000000")
    identify(SHOP, "d@x.example", "n/a")
    assert {each.created_by for each in Event.objects.all()} == {"shop"}
