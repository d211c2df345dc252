"""Files as SQL: what to select from, and an expression for each value that is read."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from reunite.core.imports.records.columns import Chosen
from reunite.core.imports.records.times import PLAIN_TIME, PLAIN_TIME_WITH_OFFSET
from reunite.core.imports.records.values import UNREADABLE, VALUE_MAX_LENGTH

READ_TIME = "read_time"
"""The function of the engine that reads times as ``core.records.times`` does."""

ABSENT = "NULL::varchar"
UNREADABLE_VALUE = f"chr({ord(UNREADABLE)})"
_PLAIN_TIME_LENGTH = len("2021-01-28 05:14:15")


@dataclass(frozen=True, slots=True)
class Source:
    """What a file's rows are selected from, and SQL for their values.

    ``created_at`` is a text, ``read_at`` that text as a time in UTC, or null. ``identifiers`` are
    values of declared kinds, each with its kind.
    """

    table: str
    email: Sequence[str]
    phone_number: Sequence[str]
    created_at: str
    read_at: str
    external_id: str
    source: str
    identifiers: Sequence[tuple[str, str]] = ()


def source(
    table: str,
    chosen: Chosen,
    value: Callable[[int], str],
    *,
    date_format: str | None,
    typed_time: str | None = None,
) -> Source:
    """The source whose text for the column of a number is ``value``.

    ``typed_time`` is SQL for the times, where their column has that type.
    """

    def one(index: int | None) -> str:
        return ABSENT if index is None else value(index)

    created_at = one(chosen.created_at)
    return Source(
        table,
        [value(index) for index in chosen.email],
        [value(index) for index in chosen.phone_number],
        created_at,
        f"TRY_CAST({typed_time} AS timestamp)" if typed_time else _time(created_at, date_format),
        one(chosen.external_id),
        one(chosen.source),
        [(kind, value(index)) for kind, index in chosen.identifiers],
    )


def bounded(text: str) -> str:
    """SQL for a text, unless it is too long."""
    return f"CASE WHEN strlen({text}) > {VALUE_MAX_LENGTH} THEN {UNREADABLE_VALUE} ELSE {text} END"


def is_not_blank(text: str) -> str:
    """SQL for whether a text has more than spaces; null for null. To trim each text costs."""
    return f"CASE WHEN starts_with({text}, ' ') THEN trim({text}) ELSE {text} END <> ''"


def _time(text: str, date_format: str | None) -> str:
    """SQL for a text as a time in UTC. Python reads what is not plain: that costs.

    Each pattern costs, too, so the length tells which of them is the first. The calendar of a cast
    from a time with a zone costs more than its microseconds.
    """
    plain = f"""
        WHEN strlen({text}) > {_PLAIN_TIME_LENGTH}
             AND regexp_full_match({text}, {quoted(PLAIN_TIME_WITH_OFFSET)})
        THEN make_timestamp(epoch_us(TRY_CAST({text} AS timestamptz)))
        WHEN regexp_full_match({text}, {quoted(PLAIN_TIME)}) THEN TRY_CAST({text} AS timestamp)"""
    return f"""CASE WHEN {text} IS NULL OR {text} = '' THEN NULL {"" if date_format else plain}
                    ELSE {READ_TIME}({text}) END"""


def quoted(text: str) -> str:
    """A text as SQL."""
    return "'" + text.replace("'", "''") + "'"


def quoted_name(name: str) -> str:
    """A name as SQL."""
    return '"' + name.replace('"', '""') + '"'
