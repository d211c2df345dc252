"""Fixtures for all tests; tests that need a database run on the one that DATABASE_URL names."""

from pathlib import Path

import pytest
from django.db import connection
from django.test import TransactionTestCase

from tests.effort import QUICK

_WITHOUT_DATABASE = {"browser", "bulk", "clients", "core", "deploy", "docs", "spark"}
# Core, store and services are covered by these; measuring the others takes them twice the time.
_MEASURED = {"commands", "core", "imports", "services", "store"}
_TESTS = Path(__file__).parent
_LEFT = pytest.StashKey[list[str]]()


pytest_plugins = ["tests.cost"]


@pytest.fixture(scope="session", autouse=True)
def quick_emptying():
    """Tests that commit empty the tables in another way than Django does."""
    from tests.emptying import empty_tables  # Models are there once Django is set up.

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(TransactionTestCase, "_fixture_teardown", lambda _: empty_tables())
        yield


def pytest_ignore_collect(collection_path: Path, config: pytest.Config) -> bool | None:
    """Import no folder of which no test would run: each process imports all others."""
    is_left_out = (
        config.option.markexpr == "database"
        and collection_path.parent == _TESTS
        and collection_path.name in _WITHOUT_DATABASE
    )
    return is_left_out or None


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
        _leave_out("postgresql", config, items)
    if QUICK:
        left = _leave_out("thorough", config, items)
        if connection.vendor == "postgresql":
            left = [item for item in left if item.get_closest_marker("database")]
            left += _leave_out("any_database", config, items)
        names = sorted({item.nodeid.partition("[")[0] for item in left})
        if hasattr(config, "workeroutput"):
            config.workeroutput["left"] = names
        else:
            config.stash[_LEFT] = names


def _leave_out(marker: str, config: pytest.Config, items: list[pytest.Item]) -> list[pytest.Item]:
    left = [item for item in items if item.get_closest_marker(marker)]
    config.hook.pytest_deselected(items=left)
    items[:] = [item for item in items if item not in left]
    return left


@pytest.hookimpl(optionalhook=True)  # The hook is of xdist, whose workers alone know the tests.
def pytest_testnodedown(node):
    """Take over from a worker the names of the tests that it left out."""
    node.config.stash[_LEFT] = getattr(node, "workeroutput", {}).get("left", [])


def pytest_terminal_summary(
    terminalreporter: pytest.TerminalReporter, config: pytest.Config
) -> None:
    """Name what a quick run leaves out."""
    if QUICK:
        terminalreporter.section("left to make check")
        for name in config.stash.get(_LEFT, []):
            terminalreporter.line(name)
        terminalreporter.line("three of four repetitions of races, crashes and generated requests")
        terminalreporter.line("the coverage of core, store and services")


def _folder(item: pytest.Item) -> str:
    return item.path.relative_to(_TESTS).parts[0]
