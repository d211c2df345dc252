import pytest

from reunite.store.tables import policies


def test_a_workspace_that_is_not_there_has_no_policy():
    with pytest.raises(LookupError, match="12345"):
        policies.in_force(workspace_id=12345)
