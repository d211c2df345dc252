"""Export: write stored rows to files, in a stable order: by id."""

import csv
import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from itertools import islice
from pathlib import Path

from reunite.core.scope import Scope
from reunite.outputs import written_whole
from reunite.services.persons.tables import TABLES, table_of, table_rows

__all__ = ["TABLES", "write"]

_GROUP_ROWS = 100_000


def write(scope: Scope, path: Path, table: str, *, format: str) -> int:
    """Write a table of ``TABLES`` to a file; how many rows, all as of one moment."""
    chosen = table_of(scope, table)
    with written_whole(path) as part, table_rows(scope, chosen) as rows:
        return _WRITERS[format](part, chosen.columns, rows)


def _write_csv(path: Path, columns: Mapping[str, str], rows: Iterable[Sequence[object]]) -> int:
    with path.open("w", newline="", encoding="utf-8") as file:
        writer = csv.writer(file)
        writer.writerow(columns)
        return sum(bool(writer.writerow(row)) for row in rows)


def _write_jsonl(path: Path, columns: Mapping[str, str], rows: Iterable[Sequence[object]]) -> int:
    nested = [name for name, type in columns.items() if type == "json"]

    def line_of(row: Sequence[object]) -> str:
        found = dict(zip(columns, row, strict=True))
        for name in nested:
            found[name] = found[name] and json.loads(str(found[name]))
        return json.dumps(found, ensure_ascii=False)

    lines = map(line_of, rows)
    with path.open("w", encoding="utf-8") as file:
        return sum(bool(file.write(f"{line}\n")) for line in lines)


def _write_parquet(path: Path, columns: Mapping[str, str], rows: Iterable[Sequence[object]]) -> int:
    import pyarrow as pa
    import pyarrow.parquet as pq

    types = {"integer": pa.int64(), "text": pa.string(), "json": pa.string()}
    schema = pa.schema([(name, types[type]) for name, type in columns.items()])
    count = 0
    with pq.ParquetWriter(path, schema, compression="zstd") as writer:
        for some in _groups(rows):
            arrays = [
                pa.array(values, field.type)
                for values, field in zip(zip(*some, strict=True), schema, strict=True)
            ]
            writer.write_table(pa.Table.from_arrays(arrays, schema=schema))
            count += len(some)
    return count


def _groups(rows: Iterable[Sequence[object]]) -> Iterator[list[Sequence[object]]]:
    left = iter(rows)
    while some := list(islice(left, _GROUP_ROWS)):
        yield some


_WRITERS = {"csv": _write_csv, "jsonl": _write_jsonl, "parquet": _write_parquet}
