from reunite.core.identifiers.kinds import Identifier, Kind
from reunite.core.persons.suspicion import Counts
from reunite.services.identify.identify import identify
from reunite.services.persons.statistics import largest_persons, most_carried
from reunite.store.persons.statistics import Carried, LargePerson
from tests.scopes import SCOPE


def test_persons_and_identifiers_are_listed_by_size():
    ann = identify(SCOPE, "ann@x.example", "1001").person.id
    identify(SCOPE, "ann@x.example", "1002")
    ben = identify(SCOPE, "ben@x.example", None).person.id

    assert largest_persons(SCOPE, limit=9) == [
        LargePerson(ann, Counts(2, (1, 2))),
        LargePerson(ben, Counts(1, (1, 0))),
    ]
    assert largest_persons(SCOPE, limit=1, after=1) == [LargePerson(ben, Counts(1, (1, 0)))]
    email = Identifier(Kind.EMAIL, "ann@x.example")
    assert most_carried(SCOPE, limit=9) == [Carried(email, 2, ann)]
    assert most_carried(SCOPE, limit=9, after=1) == []
