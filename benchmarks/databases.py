"""The databases of a run: each system has a copy of its own of the same loaded one."""

import os
import shutil
import sqlite3
import subprocess
import sys
import tempfile
from abc import ABC, abstractmethod
from collections.abc import Iterable, Iterator
from contextlib import closing, contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urlsplit

import psutil
import psycopg
from psycopg import sql

from benchmarks.population import COLUMNS, Population, Row
from tests.with_postgresql import postgresql

REUNITE = "reunite_service.settings"
BASELINE = "benchmarks.baseline.settings"
_BASELINE_LACKS = {"workspace_id", "email_key", "phone_key"}
_KEPT_FOR_LOADING = "512MB"


@dataclass(frozen=True, slots=True)
class Database(ABC):
    """A database with Reunite's tables, or the baseline's one table of the same name."""

    url: str
    has_events: bool

    @property
    def columns(self) -> tuple[str, ...]:
        """The columns of the contact table that a population fills."""
        return tuple(c for c in COLUMNS if self.has_events or c not in _BASELINE_LACKS)

    @property
    def workspace_id(self) -> int:
        """The default workspace, the only one there is."""
        if not self.has_events:
            return 0
        ((workspace_id,),) = self.rows("SELECT id FROM workspace")
        return workspace_id

    def fit(self, rows: Iterable[Row]) -> Iterable[Row]:
        """The rows with the values of ``columns`` only."""
        if self.has_events:
            return rows
        places = [COLUMNS.index(column) for column in self.columns]
        return (tuple(row[place] for place in places) for row in rows)

    @abstractmethod
    def rows(self, statement: str) -> list[Row]:
        """The rows of one read."""

    @abstractmethod
    def processor_seconds(self) -> float:
        """What the processes of the database have used so far; 0 where it is embedded."""

    @abstractmethod
    def warm(self) -> None:
        """Read all that requests read, as a database has after a day of them."""

    @abstractmethod
    def add(self, rows: Iterable[Row]) -> None:
        """Store contact rows (see population), many at a time, and let the planner know."""


@dataclass(frozen=True, slots=True)
class PostgreSQL(Database):
    """A database of the server that is started for the run."""

    def rows(self, statement: str) -> list[Row]:
        with psycopg.connect(self.url, autocommit=True) as connection:
            return connection.execute(statement).fetchall()

    def processor_seconds(self) -> float:
        ((folder,),) = self.rows("SHOW data_directory")
        pid = int((Path(folder) / "postmaster.pid").read_text().split()[0])
        server = psutil.Process(pid)
        ended = server.cpu_times()
        spent: float = ended.children_user + ended.children_system
        for process in server.children():
            with suppress(psutil.NoSuchProcess):
                spent += sum(process.cpu_times()[:2])
        return spent

    def warm(self) -> None:
        # Through the indexes: a scan of the whole table would not stay in the shared buffers.
        self.execute(
            *(
                f"SET enable_seqscan = off; SELECT count(updated_at) FROM contact WHERE {column}"
                for column in (
                    "workspace_id = 0 AND email_key > ''",
                    "workspace_id = 0 AND phone_key > ''",
                    "linked_id > 0",
                    "id > 0",
                )
            )
        )

    def execute(self, *statements: str) -> None:
        """Run statements, each on its own."""
        with psycopg.connect(self.url, autocommit=True) as connection:
            for statement in statements:
                connection.execute(statement)

    def add(self, rows: Iterable[Row]) -> None:
        with psycopg.connect(self.url, autocommit=True) as connection:
            # The rows are right by construction, so nothing is checked a row at a time.
            connection.execute("SET session_replication_role = replica; SET timezone = 'UTC'")
            connection.execute(f"SET maintenance_work_mem = '{_KEPT_FOR_LOADING}'")
            indexes = connection.execute(
                """SELECT indexrelid::regclass::text, pg_get_indexdef(indexrelid) FROM pg_index
                   WHERE indrelid = 'contact'::regclass AND NOT indisprimary"""
            ).fetchall()
            for name, _ in indexes:
                connection.execute(f"DROP INDEX {name}")
            columns = ", ".join(self.columns)
            with connection.cursor().copy(f"COPY contact ({columns}) FROM STDIN") as copy:
                for row in self.fit(rows):
                    copy.write_row(row)
            for _, definition in indexes:
                connection.execute(definition)
            connection.execute(
                """SELECT setval(pg_get_serial_sequence('contact', 'id'), max(id)) FROM contact"""
            )
            connection.execute("VACUUM ANALYZE contact")
            connection.execute("CHECKPOINT")

    def copied(self, name: str) -> "PostgreSQL":
        """A new database, the same to the byte."""
        with psycopg.connect(_named(self.url, "postgres"), autocommit=True) as connection:
            template = sql.Identifier(urlsplit(self.url).path.lstrip("/"))
            connection.execute(
                sql.SQL("CREATE DATABASE {} TEMPLATE {} STRATEGY file_copy").format(
                    sql.Identifier(name), template
                )
            )
            connection.execute("CHECKPOINT")
        return PostgreSQL(_named(self.url, name), self.has_events)


@dataclass(frozen=True, slots=True)
class SQLite(Database):
    """A file."""

    def processor_seconds(self) -> float:
        return 0.0

    def warm(self) -> None:
        # SQLite's pages are in the system's cache since the file was copied. They are on the disk,
        # too, or the first requests would wait until they are.
        os.sync()

    @property
    def path(self) -> Path:
        """Where the file is."""
        return Path(self.url.removeprefix("sqlite:///"))

    def rows(self, statement: str) -> list[Row]:
        with closing(sqlite3.connect(self.path)) as connection:
            return connection.execute(statement).fetchall()

    def add(self, rows: Iterable[Row]) -> None:
        with closing(sqlite3.connect(self.path)) as connection, connection:
            indexes = connection.execute(
                """SELECT name, sql FROM sqlite_master
                   WHERE type = 'index' AND tbl_name = 'contact' AND sql IS NOT NULL"""
            ).fetchall()
            for name, _ in indexes:
                connection.execute(f"DROP INDEX {name}")
            places = ", ".join("?" for _ in self.columns)
            connection.executemany(
                f"INSERT INTO contact ({', '.join(self.columns)}) VALUES ({places})", self.fit(rows)
            )
            for _, definition in indexes:
                connection.execute(definition)
            connection.execute("ANALYZE")
        with closing(sqlite3.connect(self.path)) as connection:
            connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")

    def copied(self, name: str) -> "SQLite":
        """A new file, the same to the byte."""
        path = self.path.with_name(f"{name}.sqlite3")
        shutil.copyfile(self.path, path)
        return SQLite(f"sqlite:///{path}", self.has_events)


class Databases:
    """Makes databases, and loads each population once; all are gone when the run ends."""

    def __init__(self, folder: Path, server_url: str) -> None:
        self.folder = folder
        self.server_url = server_url
        self._loaded: dict[object, PostgreSQL | SQLite] = {}
        self._copies = 0

    def of(
        self,
        vendor: str,
        population: Population,
        *,
        settings: str = REUNITE,
        checkout: Path | None = None,
    ) -> Database:
        """A database of that vendor with the population in the tables of those settings.

        The tables are those of another commit if its ``checkout`` is given.
        """
        key = (vendor, population, settings, checkout)
        if key not in self._loaded:
            self._loaded[key] = self._make(vendor, settings, population, checkout)
        self._copies += 1
        return self._loaded[key].copied(f"copy_{self._copies}")

    def postgresql(self, population: Population) -> PostgreSQL:
        """A PostgreSQL database with the population in Reunite's tables."""
        database = self.of("postgresql", population)
        if not isinstance(database, PostgreSQL):
            raise TypeError("not the vendor that was asked for")
        return database

    def _make(
        self, vendor: str, settings: str, population: Population, checkout: Path | None
    ) -> PostgreSQL | SQLite:
        name = f"loaded_{len(self._loaded) + 1}"
        has_events = settings == REUNITE
        database: PostgreSQL | SQLite
        if vendor == "postgresql":
            PostgreSQL(self.server_url, has_events=False).execute(f"CREATE DATABASE {name}")
            database = PostgreSQL(_named(self.server_url, name), has_events)
        else:
            database = SQLite(f"sqlite:///{self.folder / name}.sqlite3", has_events)
        python = sys.executable if checkout is None else str(checkout / ".venv/bin/python")
        subprocess.run(
            [python, "-m", "django", "migrate", "--run-syncdb", "--verbosity=0"],
            env={
                **os.environ,
                "DATABASE_URL": database.url,
                "DJANGO_SETTINGS_MODULE": settings,
            },
            check=True,
        )
        database.add(population.rows(database.workspace_id))
        return database


_CONNECTIONS = "300"
"""For all systems of a section at once, each with its own connections."""


@contextmanager
def temporary_databases(*, shared_buffers: str = "128MB") -> Iterator[Databases]:
    """A PostgreSQL with default durability, and a folder for SQLite, both gone in the end."""
    with (
        postgresql(shared_buffers=shared_buffers, max_connections=_CONNECTIONS) as server_url,
        tempfile.TemporaryDirectory(prefix="reunite-benchmark-") as folder,
    ):
        yield Databases(Path(folder), server_url)


def _named(url: str, name: str) -> str:
    return urlsplit(url)._replace(path=f"/{name}").geturl()
