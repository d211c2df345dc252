"""The names of files: the format and compression that they give, and how messages quote them."""

from collections.abc import Collection
from dataclasses import dataclass, field, replace

FORMATS = ("csv", "jsonl", "parquet")

_OTHERS = {
    **dict.fromkeys(("xlsx", "xlsm", "xlsb", "xls", "ods", "numbers"), "a workbook"),
    **dict.fromkeys(("zip", "7z", "rar", "tar", "tgz", "bz2", "xz"), "an archive"),
}
"""Other formats of files, by their endings."""
_TO_DO = {"a workbook": "save it as CSV in UTF-8", "an archive": "unpack it"}
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


class Unreadable(ValueError):
    """A file that cannot be read as orders; the message says which, why and what to do."""


@dataclass(frozen=True, slots=True)
class Columns:
    """The names of the columns that a user names; others are recognised by their names.

    A field of a nested object or struct is named with its path, like ``billing.email``. Where
    ``recognises`` is false, no column is read that is not named. ``identifiers`` are pairs of a
    declared kind and a column. ``declared`` are the kinds that the policy declares, by which
    columns are recognised, too: ``for_kinds`` sets them.
    """

    email: tuple[str, ...] = ()
    phone_number: tuple[str, ...] = ()
    created_at: str | None = None
    external_id: str | None = None
    source: str | None = None
    recognises: bool = True
    # Not in the digest of an import: it is the same where no kinds are declared.
    identifiers: tuple[tuple[str, str], ...] = field(default=(), repr=False)
    declared: tuple[str, ...] = field(default=(), repr=False)

    def for_kinds(self, declared: Collection[str]) -> "Columns":
        """The same, for a policy that declares these kinds; raises Unreadable for any other."""
        unknown = [kind for kind, _ in self.identifiers if kind not in declared]
        if unknown:
            known = f"it declares {', '.join(declared)}" if declared else "it declares none"
            raise Unreadable(
                f"--identifier names the kind {unknown[0]}, which the policy does not declare: "
                f"{known}"
            )
        return replace(self, declared=tuple(declared))


@dataclass(frozen=True, slots=True)
class Form:
    """What a user says about how a file is written; the defaults suit most.

    ``skip_lines``: lines above the header of a CSV file. ``encoding``: of text that is not UTF-8.
    ``date_format``: how times are written that are not ISO 8601, like ``%d/%m/%Y``.
    ``has_times``: False for a file whose rows are all of the time of the import.
    """

    skip_lines: int = 0
    encoding: str | None = None
    date_format: str | None = None
    has_times: bool = True


def told_by(name: str) -> tuple[str | None, str | None]:
    """The format of a file of this name and its compression: ``("csv", "gzip")``, or None."""
    endings = name.lower().split(".")[1:]
    compression = _COMPRESSED.get(endings[-1]) if endings else None
    if compression:
        endings.pop()
    return (_ENDINGS.get(endings[-1]) if endings else None), compression


def what_else(name: str) -> str | None:
    """The format of a file that Reunite does not read, and the remedy; None if unknown."""
    other = _OTHERS.get(name.lower().rpartition(".")[2])
    return f"is {other}: {_TO_DO[other]}" if other else None


def plain(text: str) -> str:
    """The text in one line that any database and terminal takes, cut where it is too long."""
    line = " ".join("".join(each if each.isprintable() else " " for each in text).split())
    return line if len(line) <= _REASON_MAX_LENGTH else f"{line[: _REASON_MAX_LENGTH - 1]}…"
