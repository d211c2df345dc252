"""All tables row by row, the same for both databases: for dumps and for loading them."""

import json
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from typing import Any

from django.apps import apps
from django.db.models import (
    BooleanField,
    CharField,
    DateTimeField,
    Field,
    JSONField,
    Model,
    TextField,
)

from reunite.store.database.dialects import Statement, dialect
from reunite.store.database.queries import Reader
from reunite.store.database.transactions import Transaction

DumpedRow = Sequence[object]

_APP = "reunite"
# Empty, these stand for the key: a dump without them says the same as one of a migrated database.
_ADDED = {"link": ("left_value", "right_value"), "retired": ("value",)}
# Without it, no import is a dry run.
_DRY = {"import": ("is_dry",)}
# Empty, they say that reasons were not counted, and that nothing was retired.
_REASONS = {"import": ("reasons", "last_retired")}
# A dump without these tables has no webhooks.
_WEBHOOKS = {"webhook", "webhook_secret", "delivery"}
# Empty, they say that no values of declared kinds are there.
_KINDS = {"contact": ("others",), "rekeyed": ("others",), "withheld": ("value",)}
_IDENTIFIER = "identifier"
# Without these, all events wait for numbers, as after the migration.
_FEED = {"numbered", "unnumbered"}
# Each database has its own, also the one that a dump is loaded into.
_OWN = {"feed_id"}
# A new database has a row of it for the default workspace.
_WORKSPACE = "workspace"
_EMPTY = "SELECT EXISTS (SELECT 1 FROM {table})"
_WAITING = """
    UPDATE import SET state = 'failed', stage = '', percent = 0, reason = %s
    WHERE state IN ('waiting', 'running')
"""


@dataclass(frozen=True, slots=True)
class Table:
    """A table and its columns, the primary key first or not; ``types`` are PostgreSQL's."""

    name: str
    key: str
    columns: tuple[str, ...]
    types: Mapping[str, str]

    def __str__(self) -> str:
        return self.name


def tables() -> list[Table]:
    """All tables of Reunite, in an order that is always the same."""
    return sorted(map(_table, apps.get_app_config(_APP).get_models()), key=str)


def forms() -> list[list[Table]]:
    """The tables of a dump of this version, and of those before that are loaded as well."""
    now = tables()
    before_kinds = [_without(table, _KINDS) for table in now if table.name != _IDENTIFIER]
    before_dry = [_without(table, _DRY) for table in before_kinds]
    before_webhooks = [table for table in before_dry if table.name not in _WEBHOOKS]
    before_reasons = [_without(table, _REASONS) for table in before_webhooks]
    before_feed = [table for table in before_reasons if table.name not in _FEED]
    before_values = [_without(table, _ADDED) for table in before_feed]
    return [
        now,
        before_kinds,
        before_dry,
        before_webhooks,
        before_reasons,
        before_feed,
        before_values,
    ]


def rows(reader: Reader, table: Table) -> Iterator[DumpedRow]:
    """All rows of a table by their key, as JSON has values; streamed."""
    to_time = dialect().to_time

    def time(value: Any) -> str:
        found: datetime = to_time(value)
        return found.isoformat()

    read: dict[str, Callable[[Any], object]] = {
        "timestamptz": time,
        "jsonb": _json,
        "boolean": bool,
    }
    columns = [(number, read.get(table.types[name])) for number, name in enumerate(table.columns)]
    converted = [(number, convert) for number, convert in columns if convert is not None]
    sql = f"SELECT {', '.join(table.columns)} FROM {table} ORDER BY {table.key}"
    for row in reader.stream(Statement(sql)):
        shown = list(row)
        for number, convert in converted:
            if shown[number] is not None:
                shown[number] = convert(shown[number])
        yield shown


def last_ids() -> dict[str, int]:
    """The last id that each table with ids of its own ever gave, 0 if none; within a snapshot."""
    return dialect().last_ids({table.name: table.key for table in tables()})


def are_empty(locked: Transaction) -> bool:
    """Whether the tables have no row except the default workspace."""
    asked = [
        Statement(_EMPTY.format(table=table), prepared=False)
        for table in tables()
        if table.name != _WORKSPACE
    ]
    return not any(found for ((found,),) in locked.run(*asked))


def empty_workspaces(locked: Transaction) -> None:
    """Delete the row of the default workspace, which a dump brings along."""
    locked.run(Statement(f"DELETE FROM {_WORKSPACE}", prepared=False))


def insert(table: Table, some: Sequence[DumpedRow], locked: Transaction) -> None:
    """Insert rows as ``rows`` gave them, with their ids.

    Raises IntegrityError, perhaps only with the commit, for what breaks a constraint, and
    TypeError or ValueError for a value that is none of its column's.
    """
    converted = [_value(table.types[name]) for name in table.columns]
    values = [
        [convert(value) for convert, value in zip(converted, row, strict=True)] for row in some
    ]
    names = ", ".join(table.columns)
    template = f"INSERT INTO {table} ({names}) SELECT {names} FROM {{rows}}"
    locked.run(*dialect().with_rows(template, table.types, values))


def give_ids_after(last: Mapping[str, int], locked: Transaction) -> None:
    """Let each table go on with ids after the last that it ever gave."""
    keys = {table.name: table.key for table in tables() if table.name in last}
    for statement in dialect().give_ids_after(keys, last):
        locked.run(statement)


def end_imports(reason: str) -> Statement:
    """Say of imports that have not ended that they failed: their files are elsewhere."""
    return Statement(_WAITING, [reason], prepared=False)


def _without(table: Table, added: Mapping[str, Sequence[str]]) -> Table:
    """The table as it was before columns were added."""
    gone = added.get(table.name, ())
    types = {name: type for name, type in table.types.items() if name not in gone}
    return replace(table, columns=tuple(types), types=types)


def _table(model: type[Model]) -> Table:
    fields = [each for each in model._meta.concrete_fields if each.column not in _OWN]
    types = {str(field.column): _type(field) for field in fields}
    return Table(model._meta.db_table, str(model._meta.pk.column), tuple(types), types)


def _type(field: "Field[Any, Any]") -> str:
    for kind, type in (
        (DateTimeField, "timestamptz"),
        (JSONField, "jsonb"),
        (BooleanField, "boolean"),
        (CharField, "text"),
        (TextField, "text"),
    ):
        if isinstance(field, kind):
            return type
    return "bigint"


def _json(value: object) -> object:
    return json.loads(value) if isinstance(value, str) else value


def _value(type: str) -> Callable[[Any], object]:
    """The function that checks a value of a dump, and converts it for the database."""
    return {
        "timestamptz": _time_of,
        "jsonb": _json_of,
        "boolean": _required(bool),
        "bigint": _required(int),
        "text": _required(str),
    }[type]


def _time_of(value: str | None) -> datetime | None:
    return None if value is None else datetime.fromisoformat(value).astimezone(UTC)


def _json_of(value: object) -> str | None:
    return None if value is None else json.dumps(value)


def _required(kind: type) -> Callable[[Any], object]:
    def require(value: object) -> object:
        if value is not None and type(value) is not kind:
            raise TypeError(f"no {kind.__name__}")
        return value

    return require
