"""How much the tests do: ``make check`` does all of it, ``make test`` leaves the longest out.

With EFFORT=10 both look ten times as long for what no example has shown yet.
"""

import os

EFFORT = int(os.environ.get("EFFORT", "1"))
QUICK = "QUICK" in os.environ


def over_http(times: int) -> int:
    """How often to repeat what starts servers or sends requests over HTTP: a quarter if quick."""
    return (max(1, times // 4) if QUICK else times) * EFFORT
