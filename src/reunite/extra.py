"""Is the extra there that files need?"""

from importlib.util import find_spec

_MODULES = ("duckdb", "matplotlib", "pgpq", "pyarrow")


def has_extra() -> bool:
    """Whether the extra ``bulk`` is installed."""
    return all(find_spec(module) is not None for module in _MODULES)


def require_extra() -> None:
    """Raise ImportError, saying what to install, unless the extra ``bulk`` is installed."""
    if not has_extra():
        raise ImportError(
            "files need the extra [bulk]: run `make serve` in a clone of Reunite, or there "
            "`pip install --editable '.[bulk]'`"
        )
