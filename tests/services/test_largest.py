from reunite.core.identifiers.kinds import Identifier, Kind
from reunite.core.persons.suspicion import Counts
from reunite.services.identify.identify import identify
from reunite.services.persons.largest import largest_persons, most_carried
from reunite.store.persons.census import Carried, LargePerson


def test_persons_and_identifiers_are_listed_by_size():
    ann = identify("ann@x.example", "1001").person.id
    identify("ann@x.example", "1002")
    ben = identify("ben@x.example", None).person.id

    assert largest_persons(limit=9) == [
        LargePerson(ann, Counts(2, 1, 2)),
        LargePerson(ben, Counts(1, 1, 0)),
    ]
    assert largest_persons(limit=1, after=1) == [LargePerson(ben, Counts(1, 1, 0))]
    email = Identifier(Kind.EMAIL, "ann@x.example")
    assert most_carried(limit=9) == [Carried(email, 2, ann)]
    assert most_carried(limit=9, after=1) == []
