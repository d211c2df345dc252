"""Write the bill of materials of a server: ``python -m tools.sbom sbom.json``.

The packages are those that ``make serve`` installs, with their versions and hashes.
"""

import subprocess
import sys
from pathlib import Path

_REQUIREMENTS = "requirements/base.txt"


def main() -> None:
    """Run the generator of CycloneDX, which asks no registry."""
    generator = Path(sys.executable).with_name("cyclonedx-py")
    subprocess.run(
        [
            *(generator, "requirements", _REQUIREMENTS, "--pyproject", "pyproject.toml"),
            *("--output-reproducible", "--output-file", sys.argv[1]),
        ],
        check=True,
    )


if __name__ == "__main__":
    main()
