"""Many commands of ``reunite`` with one environment, each in a process of its own.

A command takes half a second to import what it needs. Here one process imports it once, and each
command runs in a fork of that process. What a command writes, and how it ends, is as ever.
"""

import json
import os
import subprocess
import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

_ROOT = Path(__file__).parents[1]


class Commands:
    """Runs commands one after the other."""

    def __init__(self, process: subprocess.Popen[str], folder: Path) -> None:
        self._process = process
        self._outputs = str(folder / "output"), str(folder / "errors")

    def run(self, *arguments: str) -> subprocess.CompletedProcess[str]:
        """Run a command to its end."""
        self._process.stdin.write(json.dumps([arguments, *self._outputs]) + "\n")
        self._process.stdin.flush()
        code = self._process.stdout.readline()
        assert code, "the process of the commands ended"
        output, errors = (Path(name).read_text(errors="replace") for name in self._outputs)
        return subprocess.CompletedProcess(arguments, int(code), output, errors)


@contextmanager
def commands(environment: Mapping[str, str], folder: Path) -> Iterator[Commands]:
    """Commands with these variables; ``folder`` takes what they write."""
    with subprocess.Popen(
        [sys.executable, "-m", "tests.forked"],
        env=environment,
        cwd=_ROOT,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    ) as process:
        try:
            yield Commands(process, folder)
        finally:
            process.stdin.close()


def _answer() -> None:
    """Run the commands of standard input; a fork leaves this function to run one."""
    for line in sys.stdin:
        arguments, *outputs = json.loads(line)
        child = os.fork()
        if child == 0:
            os.dup2(os.open(os.devnull, os.O_RDONLY), 0)
            for number, name in enumerate(outputs, 1):
                os.dup2(os.open(name, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), number)
            sys.argv = ["reunite", *arguments]
            return
        code = os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])
        sys.stdout.write(f"{code}\n")
        sys.stdout.flush()
    sys.exit()


if __name__ == "__main__":
    import django
    import duckdb  # noqa: F401  # What most of the commands' time is spent on.
    import pyarrow.parquet  # noqa: F401
    from django.core.management import get_commands, load_command_class

    from reunite_service.cli import main

    django.setup()
    for name, app in get_commands().items():
        if app == "reunite":
            load_command_class(app, name)
    _answer()
    sys.exit(main())
