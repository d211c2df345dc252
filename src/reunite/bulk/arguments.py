"""The arguments of the commands about files."""

import argparse

from reunite.core.imports.files import FORMATS

TABLES = ("contacts", "persons", "identifiers")


def add_workspace_argument(
    parser: argparse.ArgumentParser, help: str = "the workspace, by its name"
) -> None:
    """The option that names a workspace."""
    parser.add_argument("--workspace", metavar="NAME", default="default", help=help)


def add_import_arguments(parser: argparse.ArgumentParser) -> None:
    """The arguments of ``reunite import``."""
    add_workspace_argument(parser)
    parser.add_argument(
        "files",
        nargs="+",
        metavar="FILE",
        help="CSV, JSONL or Parquet, also compressed by gzip or zstd; a glob; - is standard input",
    )
    parser.add_argument("--format", choices=FORMATS, help="if the names do not tell it")
    for name, what in (("--email", "emails"), ("--phone", "phone numbers")):
        parser.add_argument(
            name,
            action="append",
            default=[],
            metavar="COLUMN",
            help=f"a column of {what}; may be said more than once",
        )
    parser.add_argument(
        "--identifier",
        action="append",
        type=_of_kind,
        default=[],
        metavar="KIND=COLUMN",
        help="a column of a kind that the policy declares; may be said more than once",
    )
    for name, what in (
        ("--created-at", "times; without one a row is of the time of the import"),
        ("--external-id", "ids of your own"),
        ("--source", "where a row comes from"),
    ):
        parser.add_argument(name, metavar="COLUMN", help=f"the column of {what}")
    parser.add_argument(
        "--no-created-at",
        action="store_true",
        help="no column holds times: all rows are of the time of the import",
    )
    parser.add_argument(
        "--date-format",
        metavar="FORMAT",
        help="how times are written that are not ISO 8601, like %%d/%%m/%%Y",
    )
    parser.add_argument(
        "--skip-lines",
        type=_count,
        default=0,
        metavar="N",
        help="lines above the header of a CSV file",
    )
    parser.add_argument(
        "--encoding", metavar="NAME", help="of text that is not UTF-8, like windows-1252"
    )
    parser.add_argument("--dry-run", action="store_true", help="print what would come of it")
    parser.add_argument(
        "--refused",
        metavar="FILE",
        help="write refused rows here, with line and reason (refused.csv)",
    )
    parser.add_argument(
        "--max-refused",
        metavar="N",
        help="import nothing if more rows than N, or than N%%, are refused (all rows)",
    )
    parser.add_argument(
        "--memory", metavar="SIZE", help="what the engine may use, like 1GB (half of the machine's)"
    )
    parser.add_argument(
        "--engine",
        choices=("duckdb", "spark"),
        default="duckdb",
        help="what plans the files: this machine (duckdb), or a cluster",
    )
    parser.add_argument(
        "--master",
        metavar="URL",
        default="local[*]",
        help="the cluster of --engine spark, like spark://host:7077 (this machine's cores)",
    )
    parser.add_argument(
        "--statistics", action="store_true", help="count persons by size, also after a later file"
    )
    parser.add_argument(
        "--chart", metavar="FILE", help="draw persons by size: a name like sizes.svg or sizes.png"
    )


def _of_kind(text: str) -> tuple[str, str]:
    kind, sign, column = text.partition("=")
    if not (kind and sign and column):
        raise argparse.ArgumentTypeError(
            f"{text!r} names no kind and column: write them like customerNumber=COLUMN"
        )
    return kind, column


def _count(text: str) -> int:
    if not text.isdecimal():
        raise argparse.ArgumentTypeError(f"{text!r} is no number of lines")
    return int(text)


def add_export_arguments(parser: argparse.ArgumentParser) -> None:
    """The arguments of ``reunite export``."""
    add_workspace_argument(parser)
    parser.add_argument("table", choices=TABLES, help="what to write")
    parser.add_argument("file", metavar="FILE", help="where to; its name tells the format")
    parser.add_argument("--format", choices=FORMATS, help="if the name does not tell it")
    parser.add_argument("--force", action="store_true", help="replace a file that exists")


def add_example_arguments(parser: argparse.ArgumentParser) -> None:
    """The arguments of ``reunite example``."""
    parser.add_argument("file", metavar="FILE", help="the CSV file to write")
    parser.add_argument("--rows", type=int, default=1_000, metavar="N", help="how many (1000)")
    parser.add_argument("--seed", type=int, default=1, metavar="N", help="other orders (1)")
    parser.add_argument(
        "--kinds", action="store_true", help="with customer numbers and WhatsApp ids"
    )
