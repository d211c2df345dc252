"""Which CSV files are so plain that the engine reads them as ``core.records`` would."""

from typing import BinaryIO

import numpy as np

_PIECE = 128 * 1024


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
    # To look for line breaks of which there are many, bytes take several times as long.
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
