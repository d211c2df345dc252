"""A database with tables and no rows, made once for each process of the tests and then copied."""

import atexit
import os
import shutil
import subprocess
import sys
import tempfile
from contextlib import closing
from functools import cache
from pathlib import Path
from urllib.parse import urlsplit
from uuid import uuid4

import psycopg

_MIGRATE = (Path(sys.executable).with_name("reunite"), "migrate")


def copy_to_file(file: Path) -> str:
    """A new SQLite database in this file: its URL."""
    shutil.copy(_sqlite_template(), file)
    return f"sqlite:///{file}"


def copy_to_postgresql(server_url: str) -> str:
    """A new database in the server of ``server_url``: its URL. The caller drops it."""
    name = f"reunite_{uuid4().hex}"
    _tell(server_url, f"CREATE DATABASE {name} TEMPLATE {_postgresql_template(server_url)}")
    return _url_of(server_url, name)


def create_in_postgresql(server_url: str) -> str:
    """A new database without tables in the server of ``server_url``: its URL."""
    name = f"reunite_{uuid4().hex}"
    _tell(server_url, f"CREATE DATABASE {name}")
    return _url_of(server_url, name)


def drop(url: str, *, server_url: str) -> None:
    """Drop a database of PostgreSQL, whoever is connected to it."""
    _tell(server_url, f"DROP DATABASE {urlsplit(url).path.strip('/')} WITH (FORCE)")


@cache
def _sqlite_template() -> Path:
    folder = Path(tempfile.mkdtemp(prefix="reunite-template-"))
    atexit.register(shutil.rmtree, folder)
    _migrate(f"sqlite:///{folder / 'template.sqlite3'}")
    return folder / "template.sqlite3"


@cache
def _postgresql_template(server_url: str) -> str:
    name = f"reunite_template_{uuid4().hex}"
    url = _url_of(server_url, name)
    _tell(server_url, f"CREATE DATABASE {name}")
    atexit.register(drop, url, server_url=server_url)
    _migrate(url)
    return name


def _migrate(url: str) -> None:
    service = {"DJANGO_SETTINGS_MODULE": "reunite_service.settings", "DATABASE_URL": url}
    subprocess.run(
        _MIGRATE, env={**os.environ, **service}, stdout=subprocess.DEVNULL, timeout=120, check=True
    )


def _tell(server_url: str, statement: str) -> None:
    with closing(psycopg.connect(server_url, autocommit=True)) as server:
        server.execute(statement)


def _url_of(server_url: str, name: str) -> str:
    return urlsplit(server_url)._replace(path=f"/{name}").geturl()
