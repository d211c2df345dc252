import subprocess
import sys

PROBE = """
import importlib, pkgutil, sys
import reunite.core
for module in pkgutil.iter_modules(reunite.core.__path__):
    importlib.import_module(f"reunite.core.{module.name}")
print(*sorted({name.partition(".")[0] for name in sys.modules}))
"""


def test_core_imports_no_framework_and_no_database_in_a_fresh_process():
    probe = subprocess.run(
        [sys.executable, "-c", PROBE], capture_output=True, text=True, check=True
    )
    imported = set(probe.stdout.split())

    assert {"reunite", "phonenumbers"} <= imported
    assert not imported & {"django", "rest_framework", "psycopg", "sqlite3", "duckdb", "pyspark"}
