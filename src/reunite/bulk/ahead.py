"""Read ahead: prepare the next items while the last one is being used."""

from collections import deque
from collections.abc import Iterator
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
    waiting: deque[Future[list[T]]] = deque()

    def make_one() -> None:
        waiting.append(pool.submit(list, islice(items, 1)))

    def in_order() -> Iterator[T]:
        with pool:
            while True:
                make_one()
                if not (found := waiting.popleft().result()):
                    return
                yield from found

    for _ in range(_ITEMS):
        make_one()
    return in_order()
