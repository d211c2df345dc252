"""A plan as the rows that are to be loaded."""

from collections.abc import Callable, Iterator, Sequence
from itertools import chain, islice
from pathlib import Path

import pyarrow as pa
from pgpq import ArrowToPostgresBinaryEncoder

from reunite.bulk.ahead import ahead
from reunite.bulk.engine import Engine
from reunite.bulk.merge_times import last_written
from reunite.bulk.sqlite_file import write_table
from reunite.core.persons.suspicion import MAX_OF_A_KIND, Counts
from reunite.core.scope import Scope
from reunite.services.imports.first_load import Load
from reunite.store.database.dialects import RowSource
from reunite.store.imports.loads import CONTACT_COLUMNS, LINK_COLUMNS
from reunite.store.tables.columns import OTHERS

_ROWS = 20_000
_SQLITE_FILES = 4  # While one is written another is copied; SQLite attaches ten at most.

Loaded = Callable[[int], None]
"""Told how many contacts are made by now."""

# Text as SQLite keeps times: without a fraction where there is none.
_SQLITE_TIME = """CASE WHEN {time} = date_trunc('second', {time})
    THEN strftime({time}, '%Y-%m-%d %H:%M:%S') ELSE strftime({time}, '%Y-%m-%d %H:%M:%S.%f') END"""
_POSTGRESQL_TIME = "CAST({time} AS timestamptz)"

_NUMBERED = """
    CREATE TABLE numbered AS
    SELECT place, start, top, row_number() OVER (ORDER BY place) AS number
    FROM member ANTI JOIN replayed USING (top)
"""
_CONTACTS = """
    SELECT $first_id::bigint - 1 + n.number AS id, $workspace_id::bigint AS workspace_id,
           s.email, s.phone_number, s.email_key, s.phone_key,
           CASE WHEN n.top <> n.place THEN $first_id::bigint - 1 + t.number END AS linked_id,
           CASE WHEN n.top <> n.place THEN 'secondary' ELSE 'primary' END AS link_precedence,
           {created_at} AS created_at, {updated_at} AS updated_at, s.external_id, s.source{others}
    FROM numbered n JOIN numbered t ON t.place = n.top JOIN said s ON s.place = n.place
    LEFT JOIN moved ON moved.start = n.start
"""
_UPDATED = """greatest(s.created_at, CASE WHEN n.place = n.top THEN moved.survived
                                          ELSE moved.absorbed END)"""
_LINKS = """
    SELECT $workspace_id::bigint AS workspace_id, 'email' AS left_kind, s.email_key AS left_key,
           'phone' AS right_kind, s.phone_key AS right_key, s.email AS left_value,
           s.phone_number AS right_value, 'request' AS origin, 'live' AS state, '' AS reason,
           {created_at} AS created_at,
           $import_id::bigint AS import_id, s.external_id, s.source
    FROM merge m JOIN said s USING (place) JOIN member o ON o.place = m.one
    ANTI JOIN replayed r ON r.top = o.top
    ORDER BY s.place
"""
# Where the policy declares kinds, ``bulk.plan_kinds`` has made the ends.
_LINKS_OF_KINDS = """
    SELECT $workspace_id::bigint AS workspace_id, j.left_kind, j.left_key, j.right_kind,
           j.right_key, j.left_value, j.right_value, 'request' AS origin, 'live' AS state,
           '' AS reason, {created_at} AS created_at,
           $import_id::bigint AS import_id, s.external_id, s.source
    FROM joined j JOIN said s USING (place) JOIN member o ON o.place = j.one
    ANTI JOIN replayed r ON r.top = o.top
    ORDER BY s.place, j.number
"""
# Few persons have so many contacts that their identifiers must be counted.
_LARGE = """
    SELECT t.number, count(*), count(DISTINCT s.email_key), count(DISTINCT s.phone_key)
    FROM numbered n JOIN numbered t ON t.place = n.top JOIN said s ON s.place = n.place
    WHERE n.top IN (SELECT top FROM numbered GROUP BY top HAVING count(*) > {max_of_a_kind})
    GROUP BY t.number ORDER BY t.number
"""


def _not_told(_count: int) -> None:
    pass


def prepare(
    scope: Scope, engine: Engine, *, has_kinds: bool = False, loaded: Loaded = _not_told
) -> Load:
    """What ``plan`` and ``route`` left to be loaded at once; ``loaded`` is told by the thousand."""
    engine.run(_NUMBERED)
    _note_moves(engine)
    contacts, persons = engine.rows("SELECT count(*), count(*) FILTER (top = place) FROM numbered")[
        0
    ]
    merges, links = (
        engine.number(
            f"""SELECT count(*) FROM {table} m JOIN member o ON o.place = m.one
                ANTI JOIN replayed r ON r.top = o.top"""
        )
        for table in ("merge", "joined" if has_kinds else "merge")
    )
    columns = (*CONTACT_COLUMNS, OTHERS) if has_kinds else CONTACT_COLUMNS
    contacts_sql = _CONTACTS.replace("{others}", f", s.{OTHERS}" if has_kinds else "")
    return Load(
        contact_count=contacts,
        person_count=persons,
        merge_count=merges,
        contacts=lambda first_id: _source(
            engine,
            contacts_sql,
            columns,
            contacts,
            loaded,
            workspace_id=scope.workspace_id,
            first_id=first_id,
        ),
        links=lambda import_id: _source(
            engine,
            _LINKS_OF_KINDS if has_kinds else _LINKS,
            LINK_COLUMNS,
            links,
            workspace_id=scope.workspace_id,
            import_id=import_id,
        ),
        suspicious=_suspicious(engine),
        has_kinds=has_kinds,
    )


def _suspicious(engine: Engine) -> list[tuple[int, Counts]]:
    rows = engine.rows(_LARGE.format(max_of_a_kind=MAX_OF_A_KIND))
    found = ((number - 1, Counts.of_row(*counts)) for number, *counts in rows)
    return [(place, counts) for place, counts in found if counts.is_suspicious]


def _note_moves(engine: Engine) -> None:
    """Make ``moved(start, absorbed, survived)``: when those who merged were last written."""
    merges = (
        merge
        for rows in engine.stream(
            """SELECT created_at, one, other FROM merge JOIN said USING (place) ORDER BY place""",
            size=_ROWS,
        )
        for merge in rows
    )
    absorbed, survived = last_written(merges)
    engine.run("CREATE TABLE moved (start BIGINT, absorbed TIMESTAMP, survived TIMESTAMP)")
    starts = list(absorbed.keys() | survived.keys())
    engine.add_columns(
        "moved",
        start=starts,
        absorbed=[absorbed.get(start) for start in starts],
        survived=[survived.get(start) for start in starts],
    )


def _source(
    engine: Engine,
    sql: str,
    columns: Sequence[str],
    count: int,
    loaded: Loaded = _not_told,
    **values: int,
) -> RowSource:
    for name, value in values.items():
        sql = sql.replace(f"${name}", str(value))

    def select(time: str) -> str:
        return sql.format(
            created_at=time.format(time="s.created_at"), updated_at=time.format(time=_UPDATED)
        )

    def batches(time: str) -> tuple[pa.Schema, Iterator[pa.RecordBatch]]:
        schema, made = engine.batches(select(time), size=_ROWS)
        return schema, counted(made)

    def counted(batches: Iterator[pa.RecordBatch]) -> Iterator[pa.RecordBatch]:
        made = 0
        for batch in batches:
            yield batch
            made += batch.num_rows
            loaded(made)

    def blocks() -> Iterator[bytes]:
        schema, made = batches(_POSTGRESQL_TIME)
        encoder = ArrowToPostgresBinaryEncoder(schema)
        yield encoder.write_header()
        yield from map(encoder.write_batch, made)
        yield encoder.finish()

    def sqlite_files(table: str, create: str) -> Iterator[Path]:
        _, made = batches(_SQLITE_TIME)
        made = ahead(made)
        for number, first in enumerate(made):
            path = engine.folder / f"{table}-{number}.sqlite3"
            is_last = number == _SQLITE_FILES - 1  # Batches may be smaller than was asked for.
            others = made if is_last else islice(made, count // _SQLITE_FILES // _ROWS)
            yield write_table(path, table, create, chain([first], others))

    # The database takes some rows while the next are made.
    return RowSource(
        columns,
        binary=lambda: ahead(blocks()),
        sqlite_files=lambda table, create: ahead(sqlite_files(table, create)),
    )
