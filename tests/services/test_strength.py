"""What was held while a policy put phones before emails, after another policy is in force."""

import pytest

from reunite.core.identifiers.kinds import Kind
from reunite.core.identify.plan import Outcome, ReviewState
from reunite.models import Link
from reunite.services.audit.check import check
from reunite.services.identify.identify import identify
from reunite.services.policy.change import change_policy, read_policy
from reunite.services.repair.links import reject_link
from tests.scopes import SCOPE

pytestmark = pytest.mark.django_db(transaction=True)

PHONE_FIRST = {"phone": {}, "email": {}}


def put(**rules):
    change_policy(SCOPE, read_policy(SCOPE, rules))


@pytest.mark.parametrize("state", [ReviewState.HELD, ReviewState.REJECTED])
def test_a_merge_that_was_held_by_its_phone_is_found_without_declared_kinds(state):
    put(kinds=PHONE_FIRST, joinOnlyVerified=True)
    identify(SCOPE, "a@x.example", "1")
    identify(SCOPE, "b@x.example", "2")
    (held,) = identify(SCOPE, "a@x.example", "2").decision.held
    assert (held.left.kind, held.right.kind) == (Kind.PHONE, Kind.EMAIL)
    if state is ReviewState.REJECTED:
        reject_link(SCOPE, held.link_id)

    put()
    again = identify(SCOPE, "a@x.example", "2")

    assert again.outcome is Outcome.HELD
    (review,) = again.decision.held
    assert (review.link_id, review.state) == (held.link_id, state)
    assert Link.objects.count() == 1
    assert list(check()) == []
