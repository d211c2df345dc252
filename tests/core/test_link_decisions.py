import pytest

from reunite.core.errors import AlreadyDecided, LinkDoesNotCount
from reunite.core.repair.regroup import LinkDecision, LinkState, state_after

APPROVE, REJECT, REVOKE, RESTORE = LinkDecision
LIVE, HELD, REJECTED, REVOKED, SUSPENDED, SETTLED = LinkState


@pytest.mark.parametrize(
    ("decision", "state", "after"),
    [
        (APPROVE, HELD, LIVE),
        (APPROVE, SETTLED, LIVE),
        (APPROVE, LIVE, LIVE),
        (REJECT, HELD, REJECTED),
        (REJECT, SETTLED, REJECTED),
        (REJECT, REJECTED, REJECTED),
        (REVOKE, LIVE, REVOKED),
        (REVOKE, SUSPENDED, REVOKED),
        (REVOKE, REVOKED, REVOKED),
        (RESTORE, REVOKED, LIVE),
        (RESTORE, REJECTED, HELD),
        (RESTORE, LIVE, LIVE),
        (RESTORE, HELD, HELD),
        (RESTORE, SUSPENDED, SUSPENDED),
        (RESTORE, SETTLED, SETTLED),
    ],
)
def test_a_decision_gives_a_link_another_state_or_the_same(decision, state, after):
    assert state_after(decision, state) is after


@pytest.mark.parametrize(
    ("decision", "state"),
    [(each, state) for each in (APPROVE, REJECT) for state in (REVOKED, SUSPENDED)]
    + [(APPROVE, REJECTED), (REJECT, LIVE)],
)
def test_a_link_that_is_not_held_is_decided_already(decision, state):
    with pytest.raises(AlreadyDecided):
        state_after(decision, state)


@pytest.mark.parametrize("state", [HELD, SETTLED, REJECTED])
def test_a_link_that_does_not_count_cannot_be_revoked(state):
    with pytest.raises(LinkDoesNotCount):
        state_after(REVOKE, state)
