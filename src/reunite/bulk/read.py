"""Files become the table ``given`` and the view ``said``: rows in order, with the keys they bring.

Order is (created_at, row). ``row`` is the number of the record over all files, from 1; ``place``
numbers the order and is the row itself where the files are sorted already.
"""

from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, fields
from datetime import UTC, datetime
from functools import partial

import duckdb

from reunite.bulk.canonical import add_keys, clean_form, clean_key
from reunite.bulk.engine import Engine
from reunite.bulk.files import File, Unreadable, choose
from reunite.bulk.stopped import is_of_the_machine
from reunite.core.files import Columns
from reunite.core.identifiers import Identifier, Kind
from reunite.core.policy import Policy

# What the columns of the database hold.
_LONGEST = {"external_id": 255, "source": 100}

# Beyond those of the files that are read.
_NO_NUMBER = 1_000_000

_WITHOUT_OFFSET = r"'[0-9]{4}-[0-9]{2}-[0-9]{2}(?:[T ][0-9]{2}:[0-9]{2}(?::[0-9.]+)?)?'"

_TABLE = """
    CREATE TABLE given (
        row BIGINT, created_at TIMESTAMP, email VARCHAR, phone_number VARCHAR,
        external_id VARCHAR, source VARCHAR, is_time BOOLEAN,
        email_key VARCHAR, email_is_key BOOLEAN, phone_key VARCHAR, phone_is_key BOOLEAN)
"""
# Where the key is the value itself, it is not kept twice.
_INSERT = """
    INSERT INTO given
    SELECT NULL, coalesce(moment, $moment::timestamp), email, phone_number, external_id, source,
           CASE WHEN moment IS NOT NULL THEN true
                ELSE coalesce(trim(CAST(created_at AS varchar)), '') = '' END,
           nullif(email_clean, email), coalesce(email_clean = email, false),
           nullif(phone_clean, phone_number), coalesce(phone_clean = phone_number, false)
    FROM (SELECT *, {email_key} AS email_clean, {phone_key} AS phone_clean
          FROM (SELECT *, {email_form} AS email_form, {phone_form} AS phone_form,
                       CASE WHEN read_at BETWEEN '0001-01-02' AND '9999-12-30' THEN read_at END
                       AS moment
                FROM (SELECT CASE WHEN trim({email}) <> '' THEN {email} END AS email,
                             CASE WHEN trim({phone_number}) <> '' THEN {phone_number} END
                             AS phone_number,
                             {created_at} AS created_at, {read_at} AS read_at,
                             nullif({external_id}, '') AS external_id,
                             nullif({source}, '') AS source
                      FROM {file})))
"""
_READ = """
    CREATE VIEW read AS
    SELECT g.rowid + 1 AS place, coalesce(g.row, g.rowid + 1) AS row, g.created_at,
           CASE WHEN e.problem IS DISTINCT FROM 'blank' THEN g.email END AS email,
           CASE WHEN p.problem IS DISTINCT FROM 'blank' THEN g.phone_number END AS phone_number,
           {email_key} AS email_key, {phone_key} AS phone_key, g.external_id, g.source, g.is_time,
           coalesce(e.problem = 'placeholder', false) AS email_is_none,
           coalesce(p.problem = 'placeholder', false) AS phone_is_none,
           coalesce(e.problem = 'unreadable', false) AS email_unreadable,
           coalesce(p.problem = 'unreadable', false) AS phone_unreadable
    FROM given g
    LEFT JOIN email_canon e
      ON e.given = CASE WHEN NOT email_is_key AND g.email_key IS NULL THEN g.email END
    LEFT JOIN phone_canon p
      ON p.given = CASE WHEN NOT phone_is_key AND g.phone_key IS NULL THEN g.phone_number END
"""
_KEY = "CASE WHEN g.{kind}_is_key THEN g.{column} ELSE coalesce(g.{kind}_key, {short}.key) END"
_REFUSED = """
    CREATE TABLE refused AS SELECT * FROM (
        SELECT place, row, CASE
            WHEN NOT is_time THEN 'invalid_created_at'
            WHEN length(external_id) > {external_id} OR contains(external_id, chr(0))
            THEN 'invalid_external_id'
            WHEN length(source) > {source} OR contains(source, chr(0)) THEN 'invalid_source'
            WHEN email IS NULL AND phone_number IS NULL THEN 'no_identifier'
            WHEN email_unreadable THEN 'invalid_email'
            WHEN phone_unreadable THEN 'invalid_phone_number'
            WHEN email_key IS NULL AND phone_key IS NULL THEN 'no_usable_identifier'
            {erased} END AS reason
        FROM read) WHERE reason IS NOT NULL
"""
_SAID = """
    CREATE VIEW said AS
    SELECT place, row, created_at, CASE WHEN NOT email_is_none THEN email END AS email,
           CASE WHEN NOT phone_is_none THEN phone_number END AS phone_number,
           email_key, phone_key, external_id, source
    FROM read {but_refused}
"""


@dataclass(frozen=True, slots=True)
class Rules:
    """What decides about a value: the policy, what is retired, and whether a key was erased."""

    policy: Policy
    retired: Collection[Identifier] = ()
    erased: Callable[[Collection[Identifier]], Collection[Identifier]] | None = None


def read(
    engine: Engine,
    files: Sequence[File],
    asked: Columns,
    rules: Rules,
    *,
    at: datetime,
    workers: int,
) -> None:
    """Make ``given``, ``refused(place, row, reason)`` and ``said``, the rows that are not refused.

    Rows without a time are of the time ``at``. Raises Unreadable for a file that cannot be read.
    """
    engine.run(_TABLE)
    engine.run("CREATE TABLE file (number INTEGER, name VARCHAR, format VARCHAR, rows BIGINT)")
    engine.run("CREATE TABLE spoilt (file INTEGER, line BIGINT)")
    moment = at.astimezone(UTC).replace(tzinfo=None)
    insert = partial(
        _INSERT.format,
        email_form=clean_form(Kind.EMAIL, "email", rules.policy),
        phone_form=clean_form(Kind.PHONE, "phone_number", rules.policy),
        email_key=clean_key(Kind.EMAIL, "email_form", rules.policy),
        phone_key=clean_key(Kind.PHONE, "phone_form", rules.policy),
    )
    for number, file in enumerate(files):
        with _readable(file):
            source = _source(file, number)
            chosen = _columns(engine, source, file, asked)
            engine.run(insert(file=source, **chosen), moment=moment)
        _note(engine, number, file)
    _sort(engine)
    for kind in Kind:
        add_keys(engine, kind, rules.policy, workers=workers)
    _make_views(engine, rules)


def chosen_columns(engine: Engine, file: File, asked: Columns) -> Columns:
    """The columns of a file by their names; raises Unreadable for one that cannot be read."""
    with _readable(file):
        rows = engine.rows(f"DESCRIBE SELECT * FROM {_source(file, _NO_NUMBER)}")
    return choose([str(name) for name, *_ in rows], asked, file=file)


@contextmanager
def _readable(file: File) -> Iterator[None]:
    try:
        yield
    except duckdb.Error as error:
        if is_of_the_machine(error):
            raise
        first_line = str(error).strip().partition("\n")[0]
        reason = first_line.replace(str(file.path), file.name)
        raise Unreadable(f"{file.name} cannot be read: {reason}") from error


def _columns(engine: Engine, source: str, file: File, asked: Columns) -> dict[str, str]:
    """SQL for each of the columns."""
    types = {str(n): str(t) for n, t, *_ in engine.rows(f"DESCRIBE SELECT * FROM {source}")}
    columns = choose(list(types), asked, file=file)
    at = _column(columns.created_at, "created_at", types)
    return {
        **{
            each.name: _column(getattr(columns, each.name), each.name, types)
            for each in fields(Columns)
        },
        "read_at": at if types.get(columns.created_at or "") == "TIMESTAMP" else _time(at),
    }


def _time(column: str) -> str:
    """SQL for a column's time in UTC. To read offsets costs, so it is done where there are any."""
    return f"""CASE WHEN regexp_full_match(CAST({column} AS varchar), {_WITHOUT_OFFSET})
        THEN TRY_CAST({column} AS timestamp)
        ELSE TRY_CAST(TRY_CAST({column} AS timestamptz) AS timestamp) END"""


def _note(engine: Engine, number: int, file: File) -> None:
    """Remember how many rows a file has, and which of its lines could not be read at all."""
    engine.run(
        """INSERT INTO file
           SELECT $number, $name, $format,
                  (SELECT count(*) FROM given) - coalesce((SELECT sum(rows) FROM file), 0)""",
        number=number,
        name=file.name,
        format=file.format,
    )
    if file.format == "csv":
        engine.run(f"INSERT INTO spoilt SELECT DISTINCT {number}, line FROM rejected_{number}")


def _source(file: File, number: int) -> str:
    path = "'" + str(file.path).replace("'", "''") + "'"
    compression = f", compression = '{file.compression}'" if file.compression else ""
    match file.format:
        case "parquet":
            return f"read_parquet([{path}])"
        case "jsonl":
            return f"read_json([{path}], format = 'newline_delimited'{compression})"
    return (
        f"read_csv([{path}], all_varchar = true, header = true, "
        f"store_rejects = true, rejects_limit = 0, rejects_table = 'rejected_{number}', "
        f"rejects_scan = 'scan_{number}'{compression})"
    )


def _column(name: str | None, field: str, types: Mapping[str, str]) -> str:
    if name is None:
        return "NULL::varchar"
    quoted = '"' + name.replace('"', '""') + '"'
    if types[name] == "JSON":  # Numbers and texts in one column.
        return f"({quoted} ->> '$')"
    # A time that has a type already keeps it.
    return quoted if field == "created_at" else f"CAST({quoted} AS varchar)"


def _sort(engine: Engine) -> None:
    """Number the rows and put them in order, unless they are."""
    unsorted = engine.number(
        """SELECT count(*) FROM (SELECT created_at < lag(created_at) OVER () AS is_earlier
                                 FROM given) WHERE is_earlier"""
    )
    if unsorted:
        engine.run(
            """CREATE TABLE in_order AS SELECT * REPLACE (rowid + 1 AS row)
               FROM given ORDER BY created_at, rowid"""
        )
        engine.run("DROP TABLE given")
        engine.run("ALTER TABLE in_order RENAME TO given")


def _make_views(engine: Engine, rules: Rules) -> None:
    keys = {
        "email": _KEY.format(kind="email", column="email", short="e"),
        "phone": _KEY.format(kind="phone", column="phone_number", short="p"),
    }
    for kind in Kind:
        retired = [each.key for each in rules.retired if each.kind is kind]
        if retired:
            engine.run(f"CREATE TABLE {kind}_retired (key VARCHAR)")
            engine.add_columns(f"{kind}_retired", key=list(retired))
            own = keys[kind]
            keys[kind] = (
                f"CASE WHEN ({own}) NOT IN (SELECT key FROM {kind}_retired) THEN ({own}) END"
            )
    engine.run(_READ.format(email_key=keys["email"], phone_key=keys["phone"]))
    erased = ""
    if rules.erased is not None:
        for kind in Kind:
            _find_erased(engine, kind, rules.erased)
        erased = """WHEN email_key IN (SELECT key FROM email_erased)
                      OR phone_key IN (SELECT key FROM phone_erased) THEN 'erased'"""
    engine.run(_REFUSED.format(erased=erased, **_LONGEST))
    refused = engine.number("SELECT count(*) FROM refused")
    but_refused = "ANTI JOIN refused USING (place)" if refused else ""
    engine.run(_SAID.format(but_refused=but_refused))


def _find_erased(
    engine: Engine, kind: Kind, erased: Callable[[Collection[Identifier]], Collection[Identifier]]
) -> None:
    engine.run(f"CREATE TABLE {kind}_erased (key VARCHAR)")
    asked = f"SELECT DISTINCT {kind}_key FROM read WHERE {kind}_key IS NOT NULL"
    for rows in engine.stream(asked, size=5_000):
        found = erased({Identifier(kind, str(key)) for (key,) in rows})
        engine.add_columns(f"{kind}_erased", key=[each.key for each in found])
