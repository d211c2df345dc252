"""What the module that granian serves sets up for a process."""

import subprocess
import sys

import pytest

pytestmark = pytest.mark.any_database

AFTER_MANY_CYCLES = """
import gc
import reunite_service.wsgi

before = gc.get_stats()[2]["collections"]
for _ in range(1_500_000):
    cycle = []
    cycle.append(cycle)
print(gc.get_stats()[2]["collections"] - before)
"""


def test_garbage_that_grew_old_is_collected():
    done = subprocess.run(
        [sys.executable, "-c", AFTER_MANY_CYCLES], capture_output=True, text=True, check=True
    )
    assert int(done.stdout) > 0
