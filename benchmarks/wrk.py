"""The load generator: wrk, with bodies that were written down before the clock starts."""

import json
import os
import resource
import shutil
import subprocess
import tempfile
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

_SCRIPT = Path(__file__).with_name("wrk.lua")
_TIMEOUT_SECONDS = 30


@dataclass(frozen=True, slots=True)
class Answers:
    """What came back; ``sent`` of the bodies left, in order, the last few perhaps unanswered."""

    requests: int
    seconds: float
    not_ok: int
    failed: int
    sent: int
    ran_out: bool
    p50_ms: float
    p99_ms: float
    longest_ms: float
    generator_load: float
    """The part of one processor that wrk itself took."""

    @property
    def per_second(self) -> float:
        """Answers in a second."""
        return self.requests / self.seconds

    def complaints(self) -> list[str]:
        """Why the figures should not be believed; in the best case nothing."""
        found = []
        if self.not_ok:
            found.append(f"{self.not_ok:,} answers were not 200")
        if self.failed:
            found.append(f"{self.failed:,} requests got no answer")
        if self.ran_out:
            found.append("all bodies were used before the time was over")
        return found


def send(
    url: str, bodies: Sequence[bytes], *, seconds: int, connections: int, again: bool
) -> Answers:
    """Send bodies over so many connections, as fast as they are answered.

    ``again`` starts over when all are sent; otherwise the run ends there.
    """
    before = children_seconds()
    with tempfile.NamedTemporaryFile(prefix="reunite-bodies-") as file:
        file.write(b"\n".join(bodies))
        file.flush()
        done = subprocess.run(
            [
                *("wrk", "--threads=1", f"--connections={connections}", f"--duration={seconds}s"),
                *(f"--timeout={_TIMEOUT_SECONDS}s", f"--script={_SCRIPT}", url, "--"),
                *(file.name, "again" if again else "once"),
            ],
            stdout=subprocess.PIPE,
            text=True,
            check=True,
            timeout=seconds + 2 * _TIMEOUT_SECONDS,
        )
    figures = json.loads(done.stdout.splitlines()[-1])
    load = (children_seconds() - before) / figures["seconds"]
    return Answers(**figures, generator_load=load)


def require_wrk() -> None:
    """Install wrk when that needs no password; else exit and say how."""
    if shutil.which("wrk"):
        return
    if os.geteuid() == 0 and shutil.which("apt-get"):
        for arguments in (["update"], ["install", "--yes", "wrk"]):
            subprocess.run(["apt-get", *arguments], check=False, capture_output=True)
    if not shutil.which("wrk"):
        raise SystemExit("benchmarks: wrk is not installed: apt-get install wrk (or brew, dnf …)")


def children_seconds() -> float:
    """Processor time of all programs that this process ran and that have ended."""
    usage = resource.getrusage(resource.RUSAGE_CHILDREN)
    return usage.ru_utime + usage.ru_stime
