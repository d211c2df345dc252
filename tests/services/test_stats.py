from datetime import timedelta

from reunite.models import Link
from reunite.services.identify.identify import identify
from reunite.services.persons.statistics import by_month, guard_statistics
from reunite.services.repair.links import reject_link
from tests.builders import NOON, keep_apart, make_contact
from tests.scopes import SCOPE


def test_what_was_stopped_is_still_counted_when_it_has_been_decided():
    ann, ben = identify(SCOPE, "ann@x.example", "1001"), identify(SCOPE, "ben@x.example", "1002")
    keep_apart(ann.person.id, ben.person.id)
    identify(SCOPE, "ann@x.example", "1002")
    before = guard_statistics(SCOPE)

    reject_link(SCOPE, Link.objects.get().id)

    assert (before.links, before.stopped["kept_apart"]) == ({"held": 1}, 1)
    after = guard_statistics(SCOPE)
    assert after.links == {"rejected": 1}
    assert after.stopped["kept_apart"] == 1


def test_contacts_and_persons_are_counted_by_month():
    first = make_contact("a@x.example", "1", created_at=NOON)
    make_contact("b@x.example", "1", primary=first, created_at=NOON + timedelta(days=40))
    assert [tuple(each) for each in by_month(SCOPE)] == [("2023-04", 1, 1), ("2023-05", 1, 0)]
