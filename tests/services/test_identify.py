from reunite.core.plan import Outcome
from reunite.services.identify import identify


def test_a_new_person_is_created():
    identified = identify("lorraine@hillvalley.edu", "123456")

    assert identified.outcome is Outcome.CREATED
    assert identified.person.emails == ["lorraine@hillvalley.edu"]
