"""Is the extra there that files need?"""

from importlib.util import find_spec


def has_extra() -> bool:
    """Whether the extra ``bulk`` is installed."""
    return all(find_spec(module) is not None for module in ("duckdb", "pyarrow", "matplotlib"))


def require_extra() -> None:
    """Raise ImportError, saying what to install, unless the extra ``bulk`` is installed."""
    if not has_extra():
        raise ImportError("files need the extra [bulk]: pip install 'reunite[bulk]'")
