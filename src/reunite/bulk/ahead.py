"""Read ahead: prepare the next items while the last one is being used."""

from collections import deque
from collections.abc import Callable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from itertools import islice
from typing import TypeVar

T = TypeVar("T")

_ITEMS = 2


def ahead(items: Iterator[T]) -> Iterator[T]:
    """The same items, made by another thread from now on, up to two more than were asked for.

    Worth it where either side waits for something that is not Python. An error that stops
    ``items`` is raised in its place.
    """
    pool = ThreadPoolExecutor(1, "ahead")

    def submit() -> Future[list[T]]:
        return pool.submit(list, islice(items, 1))

    return _in_order(pool, submit, deque(submit() for _ in range(_ITEMS)))


def _in_order(
    pool: ThreadPoolExecutor,
    submit: Callable[[], Future[list[T]]],
    waiting: deque[Future[list[T]]],
) -> Iterator[T]:
    with pool:
        while True:
            waiting.append(submit())
            if not (found := waiting.popleft().result()):
                return
            yield from found
