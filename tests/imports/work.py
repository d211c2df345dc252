"""What helper processes of tests do with an upload instead of importing it."""

import os
import signal
import time


def take_memory(upload):
    taken = []
    for _ in range(64):
        taken.append(b"x" * 64 * 1024**2)
        time.sleep(0.05)
    return "took it"


def end(upload):
    os._exit(3)


def be_killed(upload):
    os.kill(os.getpid(), signal.SIGKILL)


def say_where(upload):
    return f"{os.getpid()}"


def raise_value(upload):
    raise ZeroDivisionError("a@x.example")


def take_long(upload):
    upload.scratch_path.mkdir()
    time.sleep(600)


def finish_slowly(upload):
    upload.path.unlink()
    time.sleep(0.5)
    return "done"
