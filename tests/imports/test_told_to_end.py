"""A process that is told to end does so at safe points: no handler raises in the middle."""

import subprocess
import sys

import pytest

TOLD = """
import gc, os, signal, sys, weakref
from reunite.bulk.engine import engine
from reunite.processes import end_if_told, end_when_told, pause

class Thing:
    pass

end_when_told()
{work}
print("and worked on")
"""
IN_A_CALLBACK = """
thing = Thing()
told = weakref.ref(thing, lambda _: os.kill(os.getpid(), signal.SIGTERM))
del thing
print("still at work")
end_if_told()
"""
IN_A_PAUSE = """
import threading
print("still at work", flush=True)
threading.Timer(0.2, os.kill, [os.getpid(), signal.SIGTERM]).start()
pause(60)
"""
IN_A_QUERY = """
import threading
with engine(threads=1) as duck:
    print("still at work", flush=True)
    threading.Timer(0.2, os.kill, [os.getpid(), signal.SIGTERM]).start()
    try:
        duck.run("SELECT count(*) FROM range(1000000000) a, range(1000000000) b WHERE a = -b")
    except KeyboardInterrupt:
        end_if_told()
"""


@pytest.mark.parametrize("work", [IN_A_CALLBACK, IN_A_PAUSE, IN_A_QUERY])
def test_a_process_that_is_told_to_end_ends_at_a_safe_point(work):
    ran = subprocess.run(
        [sys.executable, "-c", TOLD.format(work=work)],
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )

    assert (ran.returncode, ran.stdout, ran.stderr) == (0, "still at work\n", "")
