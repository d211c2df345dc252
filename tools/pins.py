"""Compile requirements/*.txt from pyproject.toml, with hashes and without addresses."""

import subprocess
import sys
from pathlib import Path

COMPILE = [
    *("pip", "compile", "--quiet", "--universal", "--python-version", "3.11"),
    *("--generate-hashes", "--no-annotate", "--custom-compile-command", "make pins"),
]


def main() -> None:
    """Keep what is pinned unless `--upgrade` is given; base first, so that dev agrees with it."""
    uv = [str(Path(sys.executable).with_name("uv")), *COMPILE, *sys.argv[1:]]
    base, dev, build = (f"requirements/{name}.txt" for name in ("base", "dev", "build"))
    project = "pyproject.toml"
    subprocess.run([*uv, project, "-o", base], check=True)
    subprocess.run([*uv, project, "--extra", "dev", "-c", base, "-o", dev], check=True)
    subprocess.run([*uv, "-", "-c", dev, "-o", build], input=b"setuptools>=80", check=True)


if __name__ == "__main__":
    main()
