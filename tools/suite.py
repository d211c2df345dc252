"""Run the tests on SQLite, then on PostgreSQL, and say how long it took: ``python -m tools.suite``.

All tests run, and the coverage must be as pyproject.toml asks for. With ``--quick`` the longest
tests are left out, as the output says, and coverage is not measured.
"""

import os
import resource
import subprocess
import sys
import time
from collections.abc import Mapping, Sequence
from pathlib import Path

_BIN = Path(sys.executable).parent
# A third process works while tests of the others wait.
_PYTEST = (sys.executable, "-m", "pytest", "--numprocesses=3", "--dist=worksteal")
_MEASURED = ("--cov", "--cov-report=", "--cov-fail-under=0")
_ON_POSTGRESQL = (sys.executable, "-m", "tests.with_postgresql")


def main() -> int:
    """The exit code of the first step that fails, else 0."""
    quick = "--quick" in sys.argv[1:]
    started = time.monotonic()
    code = _run_all(quick=quick)
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    processor = _minutes(used.ru_utime + used.ru_stime)
    took = _minutes(time.monotonic() - started)
    print(f"tests: {'failed' if code else 'passed'} in {took}, {processor} of a processor")
    return code


def _run_all(*, quick: bool) -> int:
    if quick:
        environment = {"QUICK": "1"}
        return _run(_PYTEST, environment) or _run(
            (*_ON_POSTGRESQL, *_PYTEST, "-m", "database"), environment
        )
    pytest = (*_PYTEST, *_MEASURED)
    coverage = (_BIN / "coverage",)
    return (
        _run((*coverage, "erase"))
        or _run(pytest, {"COVERAGE_FILE": ".coverage.sqlite"})
        or _run(
            (*_ON_POSTGRESQL, *pytest, "-m", "database"),
            {"COVERAGE_FILE": ".coverage.postgresql"},
        )
        or _run((*coverage, "combine", "--quiet"))
        or _run((*coverage, "report"))
    )


def _run(command: Sequence[str | Path], variables: Mapping[str, str] | None = None) -> int:
    sys.stdout.flush()
    return subprocess.run(command, env={**os.environ, **(variables or {})}, check=False).returncode


def _minutes(seconds: float) -> str:
    return f"{seconds // 60:.0f} min {seconds % 60:02.0f} s"


if __name__ == "__main__":
    sys.exit(main())
