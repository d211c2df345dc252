"""``python -m reunite.bulk.spark``, and the file that ``spark-submit`` runs."""

import argparse
import json
import logging
import sys
from collections.abc import Sequence
from pathlib import Path

from reunite.bulk.spark.plan import FINISH_BELOW, plan
from reunite.core.errors import InvalidRequest
from reunite.core.imports.files import Columns, Form


def main(argv: Sequence[str] | None = None) -> None:
    """Plan files; a mistake is told in one line, and the exit code is then not 0."""
    options = _parser().parse_args(argv)
    logging.basicConfig(format="reunite: %(message)s")
    logging.getLogger("reunite").setLevel(logging.INFO)
    try:
        plan(
            options.inputs,
            options.output,
            policy_rules=json.loads(options.policy.read_text()) if options.policy else {},
            master=options.master,
            checkpoint=options.checkpoint,
            columns=Columns(
                tuple(filter(None, [options.email])),
                tuple(filter(None, [options.phone])),
                options.created_at,
                options.external_id,
                options.source,
            ),
            form=Form(options.skip_lines, options.encoding, options.date_format),
            finish_below=options.finish_below,
        )
    except InvalidRequest as error:
        wrong = "; ".join(f"{each.field}: {each.detail}" for each in error.errors)
        sys.exit(f"reunite: {options.policy}: {wrong}")
    except (OSError, ValueError) as error:
        sys.exit(f"reunite: {error}")


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="python -m reunite.bulk.spark",
        description="From files to contacts, persons and links, on Spark.",
    )
    parser.add_argument("inputs", nargs="+", help="CSV, JSON Lines, Parquet; globs, directories")
    parser.add_argument("--output", required=True, help="a directory that is not there yet")
    parser.add_argument("--policy", type=Path, help="a JSON file with a policy's rules")
    parser.add_argument("--master", help="such as local[*]; spark-submit has its own")
    parser.add_argument("--checkpoint", help="a directory that all machines reach")
    parser.add_argument(
        "--finish-below",
        type=int,
        default=FINISH_BELOW,
        help="with at most so many edges, persons are found on the driver (%(default)s)",
    )
    for name in ("email", "phone", "created-at", "external-id", "source"):
        parser.add_argument(f"--{name}", metavar="COLUMN", help="if its name does not tell it")
    parser.add_argument("--date-format", metavar="FORMAT", help="like %%d/%%m/%%Y")
    parser.add_argument("--skip-lines", type=int, default=0, metavar="N", help="above a header")
    parser.add_argument("--encoding", metavar="NAME", help="like windows-1252")
    return parser


if __name__ == "__main__":
    main()
