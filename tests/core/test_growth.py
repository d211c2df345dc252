from reunite.core.identifiers.kinds import Identifier, Kind
from reunite.core.identify.growth import grown
from reunite.core.identify.happenings import Held
from reunite.core.identify.plan import HoldReason, Review
from reunite.core.persons.person import Primary
from tests.builders import NOON

REVIEW = Review(Identifier(Kind.EMAIL, "a"), Identifier(Kind.PHONE, "1"), HoldReason.KEPT_APART)


def test_a_merge_that_is_held_lets_no_person_grow():
    assert grown([Held(Primary(NOON, 1), Primary(NOON, 2), REVIEW, NOON)]) == []
