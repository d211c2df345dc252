"""The table ``given``: SQL that makes its rows of those of a file.

``email_column`` and ``phone_column`` number the column of a value among those of its kind, where a
row may have several; else they are null. ``is_time`` is false where a time cannot be read; null if
that refuses no row, for a column that was taken for one of times by its name. ``others`` are the
values of declared kinds, as ``bulk.others`` reads them.
"""

from collections.abc import Sequence

from reunite.bulk.canonical import clean_form, clean_key
from reunite.bulk.others import others_of
from reunite.bulk.sql import ABSENT, Source, is_not_blank, quoted
from reunite.core.identifiers.kinds import Kind
from reunite.core.imports.records.times import FIRST_TIME, LAST_TIME, NO_TIME
from reunite.core.policy.policy import Policy

GIVEN = """
    CREATE TABLE given (
        row BIGINT, created_at TIMESTAMP, email VARCHAR, phone_number VARCHAR,
        external_id VARCHAR, source VARCHAR, is_time BOOLEAN,
        email_key VARCHAR, email_is_key BOOLEAN, phone_key VARCHAR, phone_is_key BOOLEAN,
        email_column USMALLINT, phone_column USMALLINT, others VARCHAR)
"""
# Where the key is the value itself, it is not kept twice.
_INSERT = """
    INSERT INTO given
    SELECT row, coalesce(moment, $moment::timestamp), email, phone_number, external_id, source,
           CASE WHEN moment IS NOT NULL THEN true
                WHEN coalesce(trim(created_at), '') = '' THEN true
                ELSE regexp_full_match(created_at, {no_time}) END,
           nullif(email_clean, email), coalesce(email_clean = email, false),
           nullif(phone_clean, phone_number), coalesce(phone_clean = phone_number, false),
           email_column, phone_column, others
    FROM (SELECT *, {email_key} AS email_clean, {phone_key} AS phone_clean
          FROM (SELECT *, {email_form} AS email_form, {phone_form} AS phone_form,
                       CASE WHEN read_at BETWEEN '{first}' AND '{last}' THEN read_at END AS moment
                FROM ({rows})))
"""
_ONE_VALUE = """
    SELECT {row} AS row, {email} AS email, {phone_number} AS phone_number, {others},
           NULL::usmallint AS email_column, NULL::usmallint AS phone_column
    FROM {table}
"""
# Each email with each number, so that they are joined whichever of them count.
_SEVERAL_VALUES = """
    SELECT row, email.text AS email, phone.text AS phone_number, email.number AS email_column,
           phone.number AS phone_column, * EXCLUDE (row, email, phone)
    FROM (SELECT row, email, unnest(phone_numbers) AS phone, * EXCLUDE (row, email, phone_numbers)
          FROM (SELECT row, unnest(emails) AS email, * EXCLUDE (row, emails)
                FROM (SELECT {row} AS row, {email} AS emails, {phone_number} AS phone_numbers,
                             {others}
                      FROM {table})))
"""
_LIST = """
    CASE WHEN len(list_filter([{values}], lambda value: trim(value.text) <> '')) = 0 THEN [NULL]
         ELSE list_filter([{values}], lambda value: trim(value.text) <> '') END
"""
_NUMBERED = "{{'text': {text}, 'number': {number}::usmallint}}"


def insert_rows(rows: Source, policy: Policy, *, before: int, has_several: bool) -> str:
    """SQL that appends the rows of a file; rows without a time are of the time ``$moment``.

    ``before``: how many rows there are before them. ``has_several``: whether a row may have several
    values of a kind.
    """
    return _INSERT.format(
        rows=_several_values(rows, before) if has_several else _one_value(rows),
        no_time=quoted(NO_TIME),
        first=FIRST_TIME,
        last=LAST_TIME,
        email_form=clean_form(Kind.EMAIL, "email", policy),
        phone_form=clean_form(Kind.PHONE, "phone_number", policy),
        email_key=clean_key(Kind.EMAIL, "email_form", policy),
        phone_key=clean_key(Kind.PHONE, "phone_form", policy),
    )


def _one_value(rows: Source) -> str:
    (email,) = rows.email or (ABSENT,)
    (phone_number,) = rows.phone_number or (ABSENT,)
    return _ONE_VALUE.format(
        row="NULL::bigint",
        email=f"CASE WHEN {is_not_blank(email)} THEN {email} END",
        phone_number=f"CASE WHEN {is_not_blank(phone_number)} THEN {phone_number} END",
        others=_others(rows),
        table=rows.table,
    )


def _several_values(rows: Source, before: int) -> str:
    return _SEVERAL_VALUES.format(
        row=f"{before} + row_number() OVER ()",
        email=_LIST.format(values=_numbered(rows.email or [ABSENT])),
        phone_number=_LIST.format(values=_numbered(rows.phone_number or [ABSENT])),
        others=_others(rows),
        table=rows.table,
    )


def _others(rows: Source) -> str:
    return f"""{rows.created_at} AS created_at, {rows.read_at} AS read_at,
        nullif({rows.external_id}, '') AS external_id, nullif({rows.source}, '') AS source,
        {others_of(rows.identifiers)} AS others"""


def _numbered(values: Sequence[str]) -> str:
    return ", ".join(
        _NUMBERED.format(text=text, number=number) for number, text in enumerate(values)
    )
