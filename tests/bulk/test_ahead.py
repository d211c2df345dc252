"""Reading ahead: the same items, errors in their place, and not the whole at once."""

import threading
from itertools import count, islice

import pytest

from reunite.bulk.ahead import ahead


def test_items_come_in_order():
    assert list(ahead(iter(range(10)))) == list(range(10))


def test_nothing_comes_of_nothing():
    assert list(ahead(iter(()))) == []


def test_an_error_comes_after_the_items_before_it():
    def items():
        yield from "ab"
        raise ValueError("spoilt")

    found = ahead(items())
    assert [next(found), next(found)] == ["a", "b"]
    with pytest.raises(ValueError, match="spoilt"):
        next(found)


def test_an_endless_source_can_be_left():
    made = []

    def items():
        for number in count():
            made.append((number, threading.current_thread()))
            yield number

    found = ahead(items())
    assert list(islice(found, 3)) == [0, 1, 2]
    found.close()
    assert len(made) <= 6
    assert {thread for _, thread in made} != {threading.current_thread()}
    assert not {thread for _, thread in made} & set(threading.enumerate())
