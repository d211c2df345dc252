"""Fixtures for all tests; tests that need a database run on the one that DATABASE_URL names."""

from pathlib import Path

import pytest
from django.db import connection
from django.test import TransactionTestCase

_WITHOUT_DATABASE = {"bulk", "core", "docs", "spark"}
# Core, store and services are covered by these; measuring the others takes them twice the time.
_MEASURED = {"commands", "core", "imports", "services", "store"}


@pytest.fixture(scope="session", autouse=True)
def quick_emptying():
    """Tests that commit empty the tables in another way than Django does."""
    from tests.emptying import empty_tables  # Models are there once Django is set up.

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(TransactionTestCase, "_fixture_teardown", lambda _: empty_tables())
        yield


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Mark what runs on both databases; services commit, so rows are removed after each test."""
    # From its start on, one process has the tests of Spark, which is slow until it is warm.
    items.sort(key=lambda item: _folder(item) != "spark")
    for item in items:
        folder = _folder(item)
        if folder not in _WITHOUT_DATABASE:
            item.add_marker(pytest.mark.database)
            item.add_marker(pytest.mark.django_db(transaction=True))
        if folder not in _MEASURED:
            item.add_marker(pytest.mark.no_cover)
    if connection.vendor != "postgresql":
        elsewhere = [item for item in items if item.get_closest_marker("postgresql")]
        config.hook.pytest_deselected(items=elsewhere)
        items[:] = [item for item in items if item not in elsewhere]


def _folder(item: pytest.Item) -> str:
    return item.path.relative_to(Path(__file__).parent).parts[0]
