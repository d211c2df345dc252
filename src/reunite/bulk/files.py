"""Which files there are to read, in which format, and which of their columns hold what."""

import glob
import shutil
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from reunite.core.files import Columns, told_by

STANDARD_INPUT = "-"
_RECOGNISED = {
    "email": ("email", "emailaddress", "mail", "customeremail", "useremail"),
    "phone_number": (
        "phone",
        "phonenumber",
        "tel",
        "telephone",
        "mobile",
        "mobilephone",
        "customerphone",
    ),
    "created_at": ("createdat", "created", "orderedat", "orderdate", "date", "timestamp", "time"),
    "external_id": ("externalid",),
    "source": ("source",),
}


class Unreadable(ValueError):
    """A file that cannot be read as orders; the message says which and why."""


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


def choose(names: Sequence[str], asked: Columns, *, file: File) -> Columns:
    """The columns asked for; else those whose names are recognised, whatever case and signs.

    Raises Unreadable for a column asked for that is not there, or if there is neither an email
    nor a phone number.
    """
    plain = {"".join(filter(str.isalnum, name)).lower(): name for name in reversed(names)}
    chosen: dict[str, str | None] = {}
    for field, recognised in _RECOGNISED.items():
        name = getattr(asked, field)
        if name is not None and name not in names:
            raise Unreadable(f"{file.name} has no column {name!r} among {', '.join(names)}")
        chosen[field] = name or next((plain[each] for each in recognised if each in plain), None)
    if chosen["email"] is None and chosen["phone_number"] is None:
        raise Unreadable(
            f"{file.name} has no column that looks like an email or a phone number among "
            f"{', '.join(names)}: name them with --email and --phone "
            "(with the parameters email and phone of an upload)"
        )
    return Columns(**chosen)


def _file(path: Path, format: str | None) -> File:
    told, compression = told_by(path.name)
    known = format or told
    if known is None:
        raise Unreadable(f"{path}: not known as CSV, JSONL or Parquet; say which with --format")
    return File(path, str(path), known, compression)


def _standard_input(folder: Path, format: str | None) -> File:
    path = folder / "standard-input"
    with path.open("wb") as copy:
        shutil.copyfileobj(sys.stdin.buffer, copy)
    return File(path, "standard input", format or "csv", None)
