import ast
import sys
from pathlib import Path

import reunite.core

ALLOWED = {"reunite.core", "idna", "phonenumbers", "re2"}
IMPURE = {
    "asyncio",
    "ctypes",
    "http",
    "multiprocessing",
    "os",
    "pathlib",
    "random",
    "secrets",
    "shutil",
    "signal",
    "socket",
    "sqlite3",
    "ssl",
    "subprocess",
    "tempfile",
    "threading",
    "time",
    "uuid",
}
"""Modules of Python that reach what is outside of the process, or differ from call to call."""


def imported_by(file):
    for node in ast.walk(ast.parse(file.read_text())):
        if isinstance(node, ast.Import):
            yield from (each.name for each in node.names)
        elif isinstance(node, ast.ImportFrom):
            yield node.module


def is_allowed(module):
    top = module.partition(".")[0]
    return (
        top in ALLOWED
        or module == "reunite.core"
        or module.startswith("reunite.core.")
        or (top in sys.stdlib_module_names and top not in IMPURE)
    )


def test_core_imports_itself_and_a_short_list():
    files = sorted(Path(reunite.core.__path__[0]).rglob("*.py"))
    imported = {(file.stem, module) for file in files for module in imported_by(file)}

    assert {each for each in imported if not is_allowed(each[1])} == set()
    assert {top for _, module in imported if (top := module.partition(".")[0]) in ALLOWED} == (
        ALLOWED - {"reunite.core"}
    )
