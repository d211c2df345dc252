"""The story of a support lead on PostgreSQL, too; the other pages are looked at on SQLite alone."""

import pytest

from tests.browser.test_explorer import (
    example_shop,
    test_a_support_lead_splits_at_a_bridge_and_undoes_it,
)
from tests.server import Database, Server, own_postgresql

__all__ = ["example_shop", "test_a_support_lead_splits_at_a_bridge_and_undoes_it"]


@pytest.fixture(scope="module")
def server(tmp_path_factory):
    with own_postgresql() as url:
        server = Server(Database(url), tmp_path_factory.mktemp("explorer"))
        try:
            server.start()
            yield server
        finally:
            server.close()
