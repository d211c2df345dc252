"""Times of requests about large persons, in one process: ``… DATABASE_URL ROUNDS``, JSON out."""

import json
import sys
import time
from collections.abc import Callable
from statistics import median

from benchmarks.in_process import application, call
from benchmarks.large_persons import LARGEST, MERGES, SIZES, WRITES, merge, repeat, write
from benchmarks.traffic import Request

_REPEAT_SECONDS = 0.2
"""For one size in one round."""


def main(database_url: str, rounds: int) -> None:
    """Print the median seconds of each kind of request; sizes take turns."""
    answering = application(database_url)

    def answered(request: Request) -> object:
        return call(answering, request)

    for size in SIZES:
        answered(repeat(size))
    repeats: dict[int, list[float]] = {size: [] for size in SIZES}
    for _ in range(rounds):
        for size in SIZES:
            deadline = time.monotonic() + _REPEAT_SECONDS
            while time.monotonic() < deadline:
                repeats[size].append(_seconds(answered, repeat(size)))
    writes: dict[int, list[float]] = {size: [] for size in SIZES}
    for turn in range(WRITES):
        for size in SIZES:
            writes[size].append(_seconds(answered, write(size, turn)))
    merges = [_seconds(answered, merge(turn)) for turn in range(MERGES)]
    figures = {
        "repeat": {size: median(times) for size, times in repeats.items()},
        "write": {size: median(times) for size, times in writes.items()},
        "merge": {LARGEST: median(merges)},
    }
    print(json.dumps(figures))


def _seconds(act: Callable[[Request], object], request: Request) -> float:
    start = time.perf_counter()
    act(request)
    return time.perf_counter() - start


if __name__ == "__main__":
    main(sys.argv[1], int(sys.argv[2]))
