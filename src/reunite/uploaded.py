"""The body of a request, as a file that comes in pieces."""

from collections.abc import Iterator

from django.http import HttpRequest, UnreadablePostError

FAILED = "reunite.failed"
"""The key in a request's environment of an error that it is to be answered with, or None."""
_PIECE_BYTES = 1024 * 1024


def pieces(request: HttpRequest, size_bytes: int) -> Iterator[bytes]:
    """The next bytes of a body, in pieces; raises UnreadablePostError if it ends early."""
    left = size_bytes
    while left:
        piece = request.read(min(left, _PIECE_BYTES))
        if not piece:
            raise UnreadablePostError
        left -= len(piece)
        yield piece


def length_bytes(request: HttpRequest) -> int | None:
    """The length of the body as announced; None if it is not."""
    announced = request.META.get("CONTENT_LENGTH") or ""
    return int(announced) if announced.isdecimal() else None
