"""Install Debian packages that tests need: ``python -m tools.debian nginx chromium``.

Each name is a program, with the package that has it. Nothing is installed where the program is
there already. Where packages cannot be installed (not Debian, not root), a line names the tests
that are left out.
"""

import os
import shutil
import subprocess
import sys
from collections.abc import Sequence
from typing import NamedTuple


class Program(NamedTuple):
    """A program of Debian: the packages that bring it, and the tests that run it."""

    packages: tuple[str, ...]
    tests: str


PROGRAMS = {
    "npm": Program(("nodejs", "npm"), "the tests of the TypeScript client"),
    "nginx": Program(("nginx-light",), "the tests behind nginx"),
    "caddy": Program(("caddy",), "the check of the Caddyfile"),
    "pgbouncer": Program(("pgbouncer",), "the tests behind PgBouncer"),
    "chromium": Program(("chromium",), "the tests in a browser"),
}
_PATH = ":".join((os.environ.get("PATH", os.defpath), "/usr/sbin"))


def find(program: str) -> str | None:
    """The path of a program, also of one for administrators."""
    return shutil.which(program, path=_PATH)


def bring(programs: Sequence[str]) -> None:
    """Install those programs that are missing, in one step, if that can be done here."""
    missing = [each for each in programs if find(each) is None]
    apt = shutil.which("apt-get")
    if missing and apt is not None and os.geteuid() == 0:
        packages = [package for each in missing for package in PROGRAMS[each].packages]
        environment = {**os.environ, "DEBIAN_FRONTEND": "noninteractive"}
        for arguments in (["update"], ["install", "--yes", "--no-install-recommends", *packages]):
            subprocess.run([apt, "--quiet", "--quiet", *arguments], env=environment, check=False)
    for each in missing:
        if find(each) is None:
            print(f"There is no {each}: {PROGRAMS[each].tests} are left out.")


if __name__ == "__main__":
    bring(sys.argv[1:])
