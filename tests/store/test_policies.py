import pytest

from reunite.core.scope import Scope
from reunite.store.database.queries import outside
from reunite.store.tables import policies


def test_a_workspace_that_is_not_there_has_no_policy():
    with pytest.raises(LookupError, match="12345"):
        outside.read(policies.in_force(Scope(12345)))
