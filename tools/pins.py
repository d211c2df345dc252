"""Compile requirements/*.txt from pyproject.toml, with hashes and without addresses."""

import subprocess
import sys
from pathlib import Path

COMPILE = [
    *("pip", "compile", "--quiet", "--universal", "--python-version", "3.11"),
    *("--generate-hashes", "--no-annotate", "--custom-compile-command", "make pins"),
]


def main() -> None:
    """Keep what is pinned unless `--upgrade` is given; base first, for the others must agree."""
    uv = [str(Path(sys.executable).with_name("uv")), *COMPILE, *sys.argv[1:]]
    names = ("base", "slim", "dev", "build")
    base, slim, dev, build = (f"requirements/{name}.txt" for name in names)
    project = "pyproject.toml"
    service = [*uv, project, "--extra", "service"]
    subprocess.run([*service, "--extra", "bulk", "-o", base], check=True)
    subprocess.run([*service, "-c", base, "-o", slim], check=True)
    subprocess.run([*uv, project, "--extra", "dev", "-c", base, "-o", dev], check=True)
    subprocess.run([*uv, "-", "-c", dev, "-o", build], input=b"setuptools>=80", check=True)


if __name__ == "__main__":
    main()
