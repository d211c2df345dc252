"""The example shop: a story of some forty contacts, so that a newcomer sees living persons.

Made by the same services that requests use: what a picture shows of it would come from requests.
"""

from dataclasses import replace

from reunite.core.scope import Scope
from reunite.services.identify.identify import identify
from reunite.services.imports.first_load import is_empty
from reunite.services.repair.separate import separate

_FAMILY, _CALL_CENTRE = "+1 415 555 0100", "+1 800 555 0199"
_LAB, _SCHOOL = "+1 415 555 0121", "+1 415 555 0132"

Order = tuple[str | None, str | None]

_FAMILY_PHONE: tuple[Order, ...] = (
    ("lorraine@hillvalley.example", _FAMILY),
    ("mcfly@hillvalley.example", "+14155550100"),
    ("mcfly@hillvalley.example", "+1 415 555 0101"),
    ("dave@hillvalley.example", "+1 (415) 555-0100"),
    ("linda@hillvalley.example", "+1 415 555 0100"),
    ("linda@records.example", "+1 415 555 0102"),
    ("linda@hillvalley.example", "+1 415 555 0102"),
)
_MERGE: tuple[Order, ...] = (
    ("george@hillvalley.example", "+1 415 555 0111"),
    ("biffsucks@hillvalley.example", "+1 415 555 0112"),
    ("george@hillvalley.example", "+1 415 555 0112"),
)
# Emmett's orders, then Clara's, and the one that used the details of both.
_BRIDGE: tuple[Order, ...] = (
    ("doc@brown.example", "+1 415 555 0120"),
    ("emmett@brown.example", "+1 415 555 0120"),
    ("emmett@brown.example", _LAB),
    ("lab@brown.example", _LAB),
    ("clara@clayton.example", "+1 415 555 0131"),
    ("c.clayton@school.example", "+1 415 555 0131"),
    ("c.clayton@school.example", _SCHOOL),
    ("science@school.example", _SCHOOL),
    ("lab@brown.example", _SCHOOL),
)
_HUB: tuple[Order, ...] = tuple(
    (f"{name}@customers.example", _CALL_CENTRE)
    for name in (
        *("goldie", "marvin", "jennifer", "needles", "griff", "stella", "sam", "milton", "sally"),
        *("toby", "joey", "ellen", "lou"),
    )
)
_OTHERS: tuple[Order, ...] = (
    ("peabody@twin-pines.example", "+1 415 555 0141"),
    ("peabody@twin-pines.example", "+1 415 555 0142"),
    ("red@mayor.example", None),
    (None, "+1 415 555 0143"),
    ("wilson@soda.example", "+1 415 555 0144"),
    ("terry@clocktower.example", "+1 415 555 0145"),
    ("save@clocktower.example", "+1 415 555 0145"),
)
_STRANGERS: tuple[Order, Order] = (
    ("strickland@school-office.example", "+1 415 555 0151"),
    ("buford@saloon.example", "+1 415 555 0152"),
)


def load_example_shop(scope: Scope) -> bool:
    """Tell the story, if the workspace has no contact yet; whether it was told.

    A family shares a phone, two persons merge, one order is a bridge between two persons, a number
    of a call centre is a hub, and the merge of two persons that an operator keeps apart is held.
    Raises TemporarilyUnavailable.
    """
    if not is_empty(scope):
        return False
    orders = [*_FAMILY_PHONE, *_MERGE, *_BRIDGE, *_HUB, *_OTHERS]
    for number, (email, phone_number) in enumerate(orders, start=1001):
        identify(replace(scope, request_id=f"order-{number}"), email, phone_number)
    one, other = (identify(scope, *details).person.id for details in _STRANGERS)
    separate(scope, one, other, reason="Two customers who share nothing but a table.")
    (email, _), (_, phone_number) = _STRANGERS
    identify(replace(scope, request_id="order-1900"), email, phone_number)
    return True
