"""What a file's name tells about it, how its columns are called, and what may be told of it."""

from dataclasses import dataclass

FORMATS = ("csv", "jsonl", "parquet")

_REASON_MAX_LENGTH = 1_000
_COMPRESSED = {"gz": "gzip", "zst": "zstd"}
_ENDINGS = {
    "csv": "csv",
    "tsv": "csv",
    "txt": "csv",
    "jsonl": "jsonl",
    "ndjson": "jsonl",
    "json": "jsonl",
    "parquet": "parquet",
    "pq": "parquet",
}


@dataclass(frozen=True, slots=True)
class Columns:
    """The names of a file's columns; None where it has none."""

    email: str | None = None
    phone_number: str | None = None
    created_at: str | None = None
    external_id: str | None = None
    source: str | None = None


def told_by(name: str) -> tuple[str | None, str | None]:
    """The format of a file of this name and its compression: ``("csv", "gzip")``, or None."""
    endings = name.lower().split(".")[1:]
    compression = _COMPRESSED.get(endings[-1]) if endings else None
    if compression:
        endings.pop()
    return (_ENDINGS.get(endings[-1]) if endings else None), compression


def plain(text: str) -> str:
    """The text in one line that any database and terminal takes, cut where it is too long."""
    line = " ".join("".join(each if each.isprintable() else " " for each in text).split())
    return line if len(line) <= _REASON_MAX_LENGTH else f"{line[: _REASON_MAX_LENGTH - 1]}…"
