"""Answers that may be long: written to a file while they are made, and sent from there."""

from collections.abc import Iterator, Mapping
from contextlib import ExitStack
from tempfile import SpooledTemporaryFile
from typing import IO

import orjson
from django.http import FileResponse, HttpResponse
from django.http.response import HttpResponseBase

IN_MEMORY_BYTES = 1024 * 1024
"""What is longer goes to the disk, so a client that reads slowly keeps no more than this."""


def long_answer(members: Mapping[str, object]) -> HttpResponseBase:
    """The JSON object of these members; an iterator becomes an array, item by item."""
    with ExitStack() as stack:
        file = stack.enter_context(SpooledTemporaryFile(IN_MEMORY_BYTES))
        write_object(file, members)
        is_long = file.tell() > IN_MEMORY_BYTES
        file.seek(0)
        if not is_long:
            return HttpResponse(file.read(), content_type="application/json")
        stack.pop_all()  # The answer closes it when it is sent.
        return FileResponse(file, content_type="application/json")


def write_object(file: IO[bytes], members: Mapping[str, object]) -> None:
    """Write the JSON of an object; an iterator becomes an array, item by item."""
    before = b"{"
    for name, value in members.items():
        file.write(before + orjson.dumps(name) + b":")
        if isinstance(value, Iterator):
            _write_array(file, value)
        else:
            file.write(_encoded(value))
        before = b","
    file.write(b"}")


def _write_array(file: IO[bytes], items: Iterator[object]) -> None:
    before = b"["
    for item in items:
        file.write(before + _encoded(item))
        before = b","
    file.write(b"]" if before == b"," else b"[]")


def _encoded(value: object) -> bytes:
    return orjson.dumps(value, option=orjson.OPT_UTC_Z)
