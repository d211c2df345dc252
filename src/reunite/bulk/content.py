"""The decompressed content of a file of text."""

import gzip
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from typing import BinaryIO, cast

import pyarrow as pa

from reunite.bulk.files import File
from reunite.core.imports.files import Unreadable
from reunite.core.imports.records.header import START_BYTES


@contextmanager
def content_of_file(file: File) -> Iterator[BinaryIO]:
    """The content, to be read from its start; raises Unreadable where it is cut off or damaged."""
    try:
        with file.path.open("rb") as stored:
            match file.compression:
                case "gzip":
                    yield cast(BinaryIO, gzip.GzipFile(fileobj=stored))
                case "zstd":
                    with pa.CompressedInputStream(stored, "zstd") as stream:
                        yield stream
                case _:
                    yield stored
    except (EOFError, zlib.error, gzip.BadGzipFile, pa.ArrowException) as error:
        raise _damaged(file) from error
    except OSError as error:
        if error.errno is not None or file.compression != "zstd":
            raise
        # PyArrow's, of what zstd cannot read.
        raise _damaged(file) from error


def start_of(file: File) -> bytes:
    """Up to START_BYTES of the content."""
    with content_of_file(file) as content:
        return content.read(START_BYTES)


def _damaged(file: File) -> Unreadable:
    return Unreadable(
        f"{file.name} cannot be read: it is damaged or cut off, or it is not "
        f"compressed by {file.compression}"
    )
