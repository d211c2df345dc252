"""How much of a processor the tests of each file take: named after each run.

Unlike seconds, it hardly depends on what else the machine does. It counts processes that have
ended, so not the servers of a database, and Java only when it ends.
"""

import os
from collections import Counter

import pytest

_NAMED = 12
_seconds_by_file: Counter[str] = Counter()


@pytest.hookimpl(wrapper=True)
def pytest_runtest_protocol(item: pytest.Item):
    """Add up what a test and its fixtures take."""
    before = _seconds()
    try:
        return (yield)
    finally:
        _seconds_by_file[item.nodeid.partition("::")[0]] += _seconds() - before


def pytest_sessionfinish(session: pytest.Session) -> None:
    """Leave the sums of this process to the one that prints."""
    if hasattr(session.config, "workeroutput"):
        session.config.workeroutput["seconds_by_file"] = dict(_seconds_by_file)


@pytest.hookimpl(optionalhook=True)  # The hook is of xdist, whose workers alone know the sums.
def pytest_testnodedown(node) -> None:
    """Take over the sums of a worker."""
    _seconds_by_file.update(getattr(node, "workeroutput", {}).get("seconds_by_file", {}))


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    """Name the files that take most."""
    terminalreporter.section("processor time of files")
    for name, seconds in _seconds_by_file.most_common(_NAMED):
        terminalreporter.line(f"{seconds:6.1f} s {name}")
    terminalreporter.line(f"{_seconds_by_file.total():6.1f} s all files")


def _seconds() -> float:
    return sum(os.times()[:4])
