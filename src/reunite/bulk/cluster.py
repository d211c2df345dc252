"""Files planned on a Spark cluster: what comes back are the rows that change anything, in order."""

import socket
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from importlib.util import find_spec
from pathlib import Path

from reunite.bulk.engine import Engine
from reunite.bulk.files import File
from reunite.bulk.refused import by_count, write_list
from reunite.bulk.stopped import Stopped
from reunite.bulk.verdicts import Rules
from reunite.core.imports.files import Columns, Form
from reunite.core.imports.reasons import FIELDS

_STANDALONE = "spark://"
_CONNECT_SECONDS = 5.0
# An error is one line here; the log of the cluster itself has more.
_QUIET = {"spark.log.level": "OFF"}

# A row that merged two persons says nothing but the keys that it merged them by.
_CHANGING_ROWS = """
    COPY (SELECT created_at, email, phone_number, external_id, source FROM (
              SELECT row, created_at, email, phone_number, external_id, source
              FROM read_parquet('{plan}/contact/*.parquet')
              UNION ALL
              SELECT row, created_at, email_key, phone_key, external_id, source
              FROM read_parquet('{plan}/link/*.parquet'))
          ORDER BY created_at, row)
    TO '{path}' (FORMAT parquet)
"""


@dataclass(frozen=True, slots=True)
class Reduced:
    """The result of reducing files: one file with the same effect, and refused rows by reason."""

    file: File
    rows: int
    refused: dict[str, int]
    left_out: dict[str, int]


def reduce_files(
    engine: Engine,
    files: Sequence[File],
    asked: Columns,
    rules: Rules,
    *,
    master: str,
    at: datetime,
    refused: Path | None,
    form: Form,
    say: Callable[[str], object],
) -> Reduced:
    """Plan files on the cluster of ``master``; refused rows are written to ``refused``.

    Raises ImportError without pyspark, and Stopped for
    what the cluster cannot do or read.
    """
    if find_spec("pyspark") is None:
        raise ImportError(
            "a cluster needs the extra [spark]: pip install --editable '.[spark]' in a clone"
        )
    if rules.erased is not None:
        raise Stopped("a cluster cannot tell what was erased: import with --engine duckdb")
    require_reachable(master)
    from reunite.bulk.spark.plan import plan

    names = {f"file:{file.path.absolute()}": file.name for file in files}
    formats = {file.format for file in files}
    planned = plan(
        [str(file.path) for file in files],
        f"{engine.folder}/plan",
        policy_rules=rules.policy,
        master=master,
        columns=asked,
        form=form,
        format=formats.pop() if len(formats) == 1 else None,
        say=lambda words: say(_named(words, names)),
        imported_at=at,
        retired=rules.retired,
        conf=_QUIET,
    )
    path = engine.folder / "changing-rows.parquet"
    engine.run(_CHANGING_ROWS.format(plan=f"{engine.folder}/plan", path=path))
    if refused is not None:
        write_list(refused, _listed(engine, names, planned.columns))
    return Reduced(
        File(path, path.name, "parquet", None),
        planned.rows,
        *(_counted(engine, name) for name in ("refused", "left_out")),
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


def _counted(engine: Engine, name: str) -> dict[str, int]:
    """How many rows are refused, or taken without a value, by reason."""
    table = f"read_parquet('{engine.folder}/plan/{name}/*.parquet')"
    return by_count(dict(engine.rows(f"SELECT reason, count(*) FROM {table} GROUP BY reason")))


def _listed(
    engine: Engine,
    names: Mapping[str, str],
    columns: Mapping[str, Mapping[str, Sequence[str]]],
) -> Iterator[tuple[str, int, str, str]]:
    """The file, line, reason and column of each value that cannot be read, and of refused rows."""
    plan = f"{engine.folder}/plan"
    sql = f"""SELECT file, line, reasons FROM (
                  FROM read_parquet('{plan}/refused/*.parquet')
                  UNION ALL FROM read_parquet('{plan}/left_out/*.parquet'))
              ORDER BY row"""
    rows = (row for some in engine.stream(sql, size=10_000) for row in some)
    for file, line, reasons in rows:
        for reason in reasons:
            (column, *_) = columns[file].get(FIELDS.get(reason) or "", [""])
            yield names.get(file, file), line, reason, column


def _named(words: str, names: Mapping[str, str]) -> str:
    """With the names of files as the user wrote them."""
    for file, name in names.items():
        words = words.replace(file, name)
    return words
