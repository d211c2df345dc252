"""Where a run took place: figures of two machines, or of a busy one, cannot be compared."""

import os
import platform
import sqlite3
import subprocess
import tempfile
import time
from datetime import UTC, datetime
from importlib.metadata import version
from pathlib import Path
from statistics import median

import psutil

from benchmarks.databases import Databases, PostgreSQL

_PACKAGES = ("Django", "djangorestframework", "granian", "psycopg", "orjson")
_DISK_WRITES, _PAGE_BYTES = 50, 8192
_LISTEN_SECONDS = 2.0
_BUSY_PERCENT = 10.0


def listen() -> float:
    """The percentage of all processors that others use; call it before anything is started."""
    return psutil.cpu_percent(_LISTEN_SECONDS)


def describe(databases: Databases, *, busy_percent: float) -> dict[str, str]:
    """What to know about machine and versions."""
    server = PostgreSQL(databases.server_url, has_events=False)
    ((postgresql,),) = server.rows("SELECT current_setting('server_version')")
    ((durability,),) = server.rows(
        """SELECT 'fsync ' || current_setting('fsync') || ', synchronous_commit '
                  || current_setting('synchronous_commit') || ', shared_buffers '
                  || current_setting('shared_buffers') || ', huge pages '
                  || current_setting('huge_pages_status')"""
    )
    wrk = subprocess.run(["wrk", "-v"], capture_output=True, text=True, check=False).stdout.split()
    return {
        "date": f"{datetime.now(UTC):%Y-%m-%d %H:%M} UTC",
        "processor": f"{_processor()}, {os.cpu_count()} CPUs",
        "memory": f"{psutil.virtual_memory().total / 2**30:.0f} GiB",
        "disk": f"{_sync_microseconds(databases.folder):,.0f} µs to write and sync one page",
        "system": f"{platform.system()} {platform.release()}",
        "Python": platform.python_version(),
        "PostgreSQL": f"{postgresql} ({durability})",
        "SQLite": sqlite3.sqlite_version,
        **{package: version(package) for package in _PACKAGES},
        "wrk": wrk[1] if len(wrk) > 1 else "",
        "busy before the run": f"{busy_percent:.0f} % of all CPUs",
    }


def warnings(*, busy_percent: float) -> list[str]:
    """Why figures of this machine may mean little now."""
    if busy_percent > _BUSY_PERCENT:
        return [f"The machine was {busy_percent:.0f} % busy when the run began: measure again."]
    return []


def _processor() -> str:
    information = Path("/proc/cpuinfo")
    if information.exists():
        for line in information.read_text().splitlines():
            if line.startswith("model name"):
                return line.partition(":")[2].strip()
    return platform.processor() or platform.machine()


def _sync_microseconds(folder: Path) -> float:
    page, times = os.urandom(_PAGE_BYTES), []
    with tempfile.TemporaryFile(dir=folder, buffering=0) as file:
        for _ in range(_DISK_WRITES):
            start = time.perf_counter()
            file.write(page)
            os.fsync(file.fileno())
            times.append(time.perf_counter() - start)
    return median(times) * 1e6
