"""Install what the TypeScript client of the tests needs: ``python -m tools.node``.

It goes into .cache/clients, pinned by tests/clients/package-lock.json. Where there is no npm, that
comes from Debian's packages, if it may be installed here; else the test of that client is left out.
"""

import os
import shutil
import subprocess
import sys
from pathlib import Path

FOLDER = Path(".cache/clients")
_FILES = [Path("tests/clients") / name for name in ("package.json", "package-lock.json")]


def main() -> None:
    """Install; exit with npm's code if it fails."""
    npm = shutil.which("npm") or _npm_of_debian()
    if npm is None:
        print("There is no npm: the test of the TypeScript client is left out.")
        return
    FOLDER.mkdir(parents=True, exist_ok=True)
    for each in _FILES:
        shutil.copy(each, FOLDER)
    install = [npm, "ci", "--no-audit", "--no-fund", "--ignore-scripts", "--silent"]
    sys.exit(subprocess.run(install, cwd=FOLDER, check=False).returncode)


def _npm_of_debian() -> str | None:
    apt = shutil.which("apt-get")
    if apt is None or os.geteuid() != 0:
        return None
    environment = {**os.environ, "DEBIAN_FRONTEND": "noninteractive"}
    for arguments in (["update"], ["install", "--yes", "--no-install-recommends", "nodejs", "npm"]):
        subprocess.run([apt, "--quiet", *arguments], env=environment, check=False)
    return shutil.which("npm")


if __name__ == "__main__":
    main()
