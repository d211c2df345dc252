"""Install what the TypeScript client of the tests needs: ``python -m tools.node``.

It goes into .cache/clients, pinned by tests/clients/package-lock.json. npm comes from Debian's
packages where it is missing and may be installed; else the test of that client is left out.
"""

import shutil
import subprocess
import sys
from pathlib import Path

from tools.debian import bring, find

FOLDER = Path(".cache/clients")
_FILES = [Path("tests/clients") / name for name in ("package.json", "package-lock.json")]


def main() -> None:
    """Install; exit with npm's code if it fails."""
    bring(["npm"])
    npm = find("npm")
    if npm is None:
        return
    FOLDER.mkdir(parents=True, exist_ok=True)
    for each in _FILES:
        shutil.copy(each, FOLDER)
    install = [npm, "ci", "--no-audit", "--no-fund", "--ignore-scripts", "--silent"]
    sys.exit(subprocess.run(install, cwd=FOLDER, check=False).returncode)


if __name__ == "__main__":
    main()
