"""Which files there are to read, and in which format."""

import glob
import shutil
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from reunite.core.imports.files import Unreadable, told_by, what_else

STANDARD_INPUT = "-"


@dataclass(frozen=True, slots=True)
class File:
    """One file to read: ``name`` as the user wrote it, and ``format`` csv, jsonl or parquet."""

    path: Path
    name: str
    format: str
    compression: str | None


def find(patterns: Sequence[str], *, folder: Path, format: str | None = None) -> list[File]:
    """The files that paths and globs name, in the order given; those of one glob by name.

    ``-`` is standard input, kept in ``folder``. ``format`` is for names that do not tell it.
    Raises Unreadable for a name that leads to no file, or whose format is not known.
    """
    files: list[File] = []
    for pattern in patterns:
        if pattern == STANDARD_INPUT:
            files.append(_standard_input(folder, format))
            continue
        # Path.glob would not take patterns that begin at the root.
        paths = [pattern] if Path(pattern).is_file() else sorted(glob.glob(pattern))  # noqa: PTH207  # See above.
        found = [Path(path) for path in paths if Path(path).is_file()]
        if not found:
            raise Unreadable(f"there is no file {pattern}")
        files += (_file(path, format) for path in found)
    return files


def _file(path: Path, format: str | None) -> File:
    told, compression = told_by(path.name)
    known = format or told
    if known is None and (other := what_else(path.name)):
        raise Unreadable(f"{path} {other}")
    if known is None:
        raise Unreadable(f"{path}: not known as CSV, JSONL or Parquet; say which with --format")
    return File(path, str(path), known, compression)


def _standard_input(folder: Path, format: str | None) -> File:
    path = folder / "standard-input"
    with path.open("wb") as copy:
        shutil.copyfileobj(sys.stdin.buffer, copy)
    return File(path, "standard input", format or "csv", None)
