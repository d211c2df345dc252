"""Columns of Parquet as texts, by the rule that ``core.records.values`` has for JSON."""

from collections.abc import Iterator
from contextlib import contextmanager

import pyarrow as pa
import pyarrow.parquet as pq
from pyarrow import types

from reunite.bulk.engine import Engine
from reunite.bulk.look import Leaf, Look, is_text
from reunite.bulk.sql import ABSENT, UNREADABLE_VALUE, Source, bounded, quoted, quoted_name, source
from reunite.core.imports.records.values import DOUBLE_BITS, TIME_END, whole_max

_BATCH_ROWS = 1_000


@contextmanager
def parquet_source_of_bytes(
    engine: Engine, look: Look, *, date_format: str | None
) -> Iterator[Source]:
    """The same of a file whose texts are not all UTF-8: the engine reads no row of such a file.

    What is read of it is copied, with texts as bytes. Raises what PyArrow does for other damage.
    """
    wanted = look.chosen.wanted
    types_of = {index: _type_of_bytes(look.leaves[index].type) for index in wanted}
    path = engine.folder / "bytes.parquet"
    names = {index: f"v{place}" for place, index in enumerate(dict.fromkeys(wanted))}
    schema = pa.schema([(name, types_of[index]) for index, name in names.items()])
    with pq.ParquetFile(look.file.path) as file, pq.ParquetWriter(path, schema) as writer:
        for batch in file.iter_batches(_BATCH_ROWS):
            arrays = [_bytes(_leaf(batch, look.leaves[index]), types_of[index]) for index in names]
            writer.write_batch(pa.RecordBatch.from_arrays(arrays, schema=schema))
    at = look.chosen.created_at
    yield source(
        f"read_parquet([{quoted(str(path))}])",
        look.chosen,
        lambda index: _text(names[index], types_of[index], is_moment=index == at),
        date_format=date_format,
        typed_time=names[at] if at is not None and _is_time(types_of[at]) else None,
    )
    path.unlink()


def _leaf(batch: pa.RecordBatch, leaf: Leaf) -> pa.Array:
    column = batch.column(leaf.number)
    # Takes as long to import as a small file takes, and few files need it.
    import pyarrow.compute as pc

    return pc.struct_field(column, list(leaf.path[1:])) if leaf.path[1:] else column


def _type_of_bytes(type: pa.DataType) -> pa.DataType:
    type = type.value_type if types.is_dictionary(type) else type
    return pa.large_binary() if is_text(type) else type


def _bytes(column: pa.Array, type: pa.DataType) -> pa.Array:
    if types.is_dictionary(column.type):
        column = column.dictionary_decode()
    return column.cast(type) if column.type != type else column


def parquet_source(engine: Engine, look: Look, *, date_format: str | None) -> Source:
    """The rows of a file of Parquet."""
    table = f"read_parquet([{quoted(str(look.file.path))}], hive_partitioning = false)"
    columns = engine.column_names(table)

    def column(index: int) -> str:
        leaf = look.leaves[index]
        return ".".join(map(quoted_name, (columns[leaf.number], *leaf.path[1:])))

    def text(index: int) -> str:
        return _text(column(index), look.leaves[index].type, is_moment=index == at)

    at = look.chosen.created_at
    if at is None or not _is_time(look.leaves[at].type):
        return source(table, look.chosen, text, date_format=date_format)
    return source(table, look.chosen, text, date_format=date_format, typed_time=column(at))


def _is_time(type: pa.DataType) -> bool:
    return bool(types.is_timestamp(type) or types.is_date(type))


def _text(column: str, type: pa.DataType, *, is_moment: bool) -> str:
    """SQL for a column's text; UNREADABLE_VALUE for what ``/identify`` refuses by its type.

    ``is_moment``: of a column that is read as times.
    """
    if types.is_dictionary(type):
        type = type.value_type
    if is_text(type):
        return bounded(column)
    if types.is_binary(type) or types.is_large_binary(type) or types.is_binary_view(type):
        # Older writers do not say that bytes are text.
        text = f"coalesce(TRY(decode({column})), {UNREADABLE_VALUE})"
        return f"CASE WHEN {column} IS NOT NULL THEN {bounded(text)} END"
    if _is_time(type) or str(type).endswith("uuid]"):
        return f"CAST({column} AS varchar)"
    if types.is_null(type):
        return ABSENT
    fraction = _moment(column, type) if is_moment else ""
    return f"""CASE WHEN {column} IS NULL THEN NULL {_whole(column, type)} {fraction}
                    ELSE {UNREADABLE_VALUE} END"""


def bits_of(type: pa.DataType) -> int:
    """The bits of a binary number with a point; DOUBLE_BITS for any other type."""
    return int(type.bit_width) if types.is_floating(type) else DOUBLE_BITS


def _whole(column: str, type: pa.DataType) -> str:
    """SQL for the digits of a whole number."""
    if types.is_integer(type):
        return f"WHEN {column} >= 0 THEN CAST({column} AS varchar)"
    if not (types.is_floating(type) or types.is_decimal(type)):
        return ""
    # What is no number stands for a missing one.
    missing = f"WHEN isnan({column}) THEN NULL" if types.is_floating(type) else ""
    return f"""{missing} WHEN {column} = trunc({column}) AND {column} >= 0
               AND {column} < {whole_max(bits_of(type))}
               THEN CAST(TRY_CAST({column} AS bigint) AS varchar)"""


def _moment(column: str, type: pa.DataType) -> str:
    """SQL for a number of seconds, or of parts of one, that has a fraction or is large."""
    if not (types.is_floating(type) or types.is_decimal(type)) or bits_of(type) < DOUBLE_BITS:
        return ""
    return f"""WHEN {column} BETWEEN 1 AND {TIME_END} THEN
               CASE WHEN {column} = trunc({column})
                    THEN CAST(TRY_CAST({column} AS hugeint) AS varchar)
                    ELSE CAST(TRY_CAST({column} AS decimal(38, 6)) AS varchar) END"""
