"""Files planned on a Spark cluster: what comes back are the rows that change anything, in order."""

import csv
import socket
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from importlib.util import find_spec
from pathlib import Path

from reunite.bulk.engine import Engine
from reunite.bulk.files import File
from reunite.bulk.read import Rules, chosen_columns
from reunite.bulk.stopped import Stopped
from reunite.core.files import Columns
from reunite.outputs import written_whole

_STANDALONE = "spark://"
_CONNECT_SECONDS = 5.0
# What goes wrong is told in a line; the log of the cluster itself says more.
_QUIET = {"spark.log.level": "OFF"}

# A row that merged two persons says nothing but the keys that it merged them by.
_CHANGING_ROWS = """
    COPY (SELECT created_at, email, phone_number, external_id, source FROM (
              SELECT row, created_at, email, phone_number, external_id, source
              FROM read_parquet('{plan}/contact/*.parquet')
              UNION ALL
              SELECT row, created_at, email_key, phone_key, NULL, NULL
              FROM read_parquet('{plan}/link/*.parquet'))
          ORDER BY created_at, row)
    TO '{path}' (FORMAT parquet)
"""


@dataclass(frozen=True, slots=True)
class Reduced:
    """What is left of files: one file that leads to the same, and what was refused, by reason."""

    file: File
    rows: int
    refused: dict[str, int]


def reduce_files(
    engine: Engine,
    files: Sequence[File],
    asked: Columns,
    rules: Rules,
    *,
    master: str,
    at: datetime,
    refused: Path | None,
) -> Reduced:
    """Plan files on the cluster of ``master``; refused rows are written to ``refused``.

    Columns are named as in the first file. Raises ImportError without pyspark, and Stopped for
    what the cluster cannot do or read.
    """
    if find_spec("pyspark") is None:
        raise ImportError(
            "a cluster needs the extra [spark]: pip install --editable '.[spark]' in a clone"
        )
    if rules.erased is not None:
        raise Stopped("a cluster cannot tell what was erased: import with --engine duckdb")
    require_reachable(master)
    from reunite.bulk.spark import rows
    from reunite.bulk.spark.plan import plan

    found = chosen_columns(engine, files[0], asked)
    default = rows.DEFAULT_COLUMNS
    planned = plan(
        [str(file.path) for file in files],
        f"{engine.folder}/plan",
        policy_rules=rules.policy,
        master=master,
        columns=rows.Columns(
            found.email or default.email,
            found.phone_number or default.phone,
            found.created_at or default.created_at,
            found.external_id or default.external_id,
            found.source or default.source,
        ),
        imported_at=at,
        retired=rules.retired,
        conf=_QUIET,
    )
    path = engine.folder / "changing-rows.parquet"
    engine.run(_CHANGING_ROWS.format(plan=f"{engine.folder}/plan", path=path))
    return Reduced(
        File(path, path.name, "parquet", None), planned.rows, _write_refused(engine, refused)
    )


def require_reachable(master: str) -> None:
    """Raise Stopped if a standalone cluster does not answer; Spark would try for a minute."""
    if not master.startswith(_STANDALONE):
        return
    reasons = []
    for address in master.removeprefix(_STANDALONE).split(","):
        host, _, port = address.rpartition(":")
        try:
            socket.create_connection((host.strip("[]"), int(port)), _CONNECT_SECONDS).close()
        except (OSError, OverflowError, ValueError) as error:
            reasons.append(getattr(error, "strerror", None) or type(error).__name__)
        else:
            return
    raise Stopped(
        f"the cluster does not answer at {master} ({', '.join(reasons)}): see that its master "
        "runs, and that --master is its address"
    )


def _write_refused(engine: Engine, path: Path | None) -> dict[str, int]:
    sql = f"""SELECT file, line, reason FROM read_parquet('{engine.folder}/plan/refused/*.parquet')
              ORDER BY row"""
    rows = [row for some in engine.stream(sql, size=10_000) for row in some]
    if path is not None:
        with written_whole(path) as part, part.open("w", newline="") as file:
            csv.writer(file).writerows([("file", "line", "reason"), *rows])
    return dict(Counter(reason for _, _, reason in rows).most_common())
