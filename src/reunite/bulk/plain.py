"""Which CSV files are so plain that the engine reads them as ``core.records`` would."""

from os import SEEK_CUR
from typing import BinaryIO

import numpy as np

from reunite.bulk.content import content_of_file
from reunite.bulk.look import Look
from reunite.bulk.sql import Source, bounded, quoted, source
from reunite.core.imports.files import Form
from reunite.core.imports.records.footer import Footers
from reunite.core.imports.records.header import CSVShape

_PIECE = 128 * 1024


def plain_source(found: Look, shape: CSVShape, form: Form) -> Source | None:
    """A file that the engine reads as ``core.records`` would; None for another."""
    if found.file.compression or not shape.encoding.startswith("utf-8"):
        return None
    with content_of_file(found.file) as content:
        if not is_plain(content) or _ends_with_footer(content, found, shape):
            return None
    columns = ", ".join(f"'c{index}': 'VARCHAR'" for index in range(len(found.names)))
    table = (
        f"read_csv([{quoted(str(found.file.path))}], auto_detect = false, "
        f"columns = {{{columns}}}, header = false, skip = {shape.before + 1}, "
        f"delim = {quoted(shape.delimiter)}, quote = '\"', escape = '\"', comment = '', "
        "strict_mode = true, null_padding = false, ignore_errors = false, compression = 'none', "
        "hive_partitioning = false)"
    )
    return source(
        table, found.chosen, lambda index: bounded(f"c{index}"), date_format=form.date_format
    )


def _ends_with_footer(content: BinaryIO, found: Look, shape: CSVShape) -> bool:
    """Whether the last line of plain content is a footer, as ``csv_rows`` tells it."""
    content.seek(-min(_PIECE, content.tell()), SEEK_CUR)
    line = content.read().rstrip(b"\r\n").rpartition(b"\n")[2].decode("utf-8", "replace")
    fields = line.split(shape.delimiter)
    fields.extend([""] * (len(found.names) - len(fields)))
    return Footers(found.chosen.email, found.chosen.phone_number).are_one(fields)


def is_plain(content: BinaryIO) -> bool:
    """Whether each line is a record that is split at each delimiter.

    UTF-8 without a quote, a NUL, a blank line or a line break other than the first one.
    """
    ending = b""
    rest = b""
    while piece := content.read(_PIECE):
        whole, found, rest_of_piece = piece.rpartition(b"\n")
        if not found:
            return False  # A record that is so long is for another reader.
        lines, rest = rest + whole + found, rest_of_piece
        ending = ending or (b"\r\n" if lines.partition(b"\n")[0].endswith(b"\r") else b"\n")
        if not _are_plain(lines, ending):
            return False
    return not rest or _are_plain(rest + (ending or b"\n"), ending or b"\n")


def _are_plain(lines: bytes, ending: bytes) -> bool:
    if b'"' in lines or b"\0" in lines:
        return False
    # Searching bytes for many line breaks takes several times as long.
    signs = np.frombuffer(lines, np.uint8)
    line_feeds = signs == ord("\n")
    if ending == b"\n":
        if b"\r" in lines:
            return False
    elif not np.array_equal(line_feeds[1:], (signs == ord("\r"))[:-1]):
        return False
    distance = len(ending)
    is_blank_line = line_feeds[distance:] & line_feeds[:-distance]
    if lines.startswith((b"\n", b"\r")) or is_blank_line.any():
        return False
    return lines.isascii() or _is_utf_8(lines)


def _is_utf_8(lines: bytes) -> bool:
    try:
        lines.decode()
    except UnicodeDecodeError:
        return False
    return True
