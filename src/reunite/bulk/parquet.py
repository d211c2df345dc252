"""Columns of Parquet as texts, by the rule that ``core.records.values`` has for JSON."""

import pyarrow as pa
from pyarrow import types

from reunite.bulk.engine import Engine
from reunite.bulk.look import Look
from reunite.bulk.sql import ABSENT, UNREADABLE_VALUE, Source, bounded, quoted, quoted_name, source
from reunite.core.imports.records.values import WHOLE_MAX


def parquet_source(engine: Engine, look: Look, *, date_format: str | None) -> Source:
    """The rows of a file of Parquet."""
    table = f"read_parquet([{quoted(str(look.file.path))}], hive_partitioning = false)"
    # The engine's own names: it tells columns apart whose names differ by case alone.
    columns = [str(name) for name, *_ in engine.rows(f"DESCRIBE SELECT * FROM {table}")]

    def column(index: int) -> str:
        leaf = look.leaves[index]
        return ".".join(map(quoted_name, (columns[leaf.number], *leaf.path[1:])))

    def text(index: int) -> str:
        return _text(column(index), look.leaves[index].type)

    at = look.chosen.created_at
    if at is None or not _is_time(look.leaves[at].type):
        return source(table, look.chosen, text, date_format=date_format)
    return source(table, look.chosen, text, date_format=date_format, typed_time=column(at))


def _is_time(type: pa.DataType) -> bool:
    return bool(types.is_timestamp(type) or types.is_date(type))


def _text(column: str, type: pa.DataType) -> str:
    """SQL for a column's text; UNREADABLE_VALUE for what ``/identify`` refuses by its type."""
    if types.is_dictionary(type):
        type = type.value_type
    if types.is_string(type) or types.is_large_string(type) or types.is_string_view(type):
        return bounded(column)
    if types.is_binary(type) or types.is_large_binary(type) or types.is_binary_view(type):
        # Older writers do not say that bytes are text.
        text = f"coalesce(TRY(decode({column})), {UNREADABLE_VALUE})"
        return f"CASE WHEN {column} IS NOT NULL THEN {bounded(text)} END"
    if _is_time(type) or str(type).endswith("uuid]"):
        return f"CAST({column} AS varchar)"
    if types.is_null(type):
        return ABSENT
    return f"""CASE WHEN {column} IS NULL THEN NULL {_whole(column, type)}
                    ELSE {UNREADABLE_VALUE} END"""


def _whole(column: str, type: pa.DataType) -> str:
    """SQL for the digits of a whole number."""
    if types.is_integer(type):
        return f"WHEN {column} >= 0 THEN CAST({column} AS varchar)"
    if not (types.is_floating(type) or types.is_decimal(type)):
        return ""
    # What is no number stands for a missing one.
    missing = f"WHEN isnan({column}) THEN NULL" if types.is_floating(type) else ""
    return f"""{missing} WHEN {column} = trunc({column}) AND {column} >= 0
               AND {column} < {WHOLE_MAX} THEN CAST(TRY_CAST({column} AS bigint) AS varchar)"""
