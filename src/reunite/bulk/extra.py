"""Is the extra there that files need?"""

from importlib.util import find_spec


def require_extra() -> None:
    """Raise ImportError, saying what to install, unless the extra ``bulk`` is installed."""
    if any(find_spec(module) is None for module in ("duckdb", "pyarrow", "matplotlib")):
        raise ImportError("files need the extra [bulk]: pip install 'reunite[bulk]'")
