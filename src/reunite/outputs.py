"""Output files: each appears in whole or not at all, and replaces nothing that is still needed."""

import os
import secrets
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path

_NAME_KEPT = 100


class Unusable(ValueError):
    """What a user asked for cannot be had, such as an output; the message says why."""


@contextmanager
def written_whole(path: Path, *, mode: int = 0o666) -> Iterator[Path]:
    """The path of an empty file to write, which becomes ``path`` when the block ends well.

    By then all of it is on the disk. If the block raises, ``path`` is as it was. A device, like
    ``/dev/stdout``, is written directly. ``mode`` is for a file that is not there yet.
    Raises OSError with the name ``path``.
    """
    try:
        if path.exists() and not path.is_file():
            yield path
            return
        final = path.resolve()  # A link stays a link.
        part = final.with_name(f".{final.name[:_NAME_KEPT]}.{secrets.token_hex(4)}.part")
        os.close(os.open(part, os.O_CREAT | os.O_EXCL | os.O_WRONLY, mode))
        try:
            if final.exists():
                part.chmod(final.stat().st_mode & 0o7777)
            yield part
            _sync(part)
            part.replace(final)
            _sync(final.parent)
        finally:
            part.unlink(missing_ok=True)
    except OSError as error:
        raise OSError(error.errno, error.strerror or type(error).__name__, str(path)) from error


def require_usable(outputs: Mapping[str, Path | None], *, kept: Sequence[Path]) -> None:
    """Raise Unusable for an output that would overwrite a kept file or another output.

    ``outputs`` are named as the user knows them, like ``--refused``. Links lead to what they mean.
    Also raises Unusable for a path in no folder, or in one that cannot be written.
    """
    seen: dict[str, Path] = {}
    for name, path in outputs.items():
        if path is None:
            continue
        if any(_is_same(path, each) for each in kept):
            raise Unusable(f"{name} {path} would overwrite a file that is in use: name another")
        for other, taken in seen.items():
            if _is_same(path, taken):
                raise Unusable(f"{other} and {name} are the same file, {path}: name another")
        if path.is_dir() or not _can_be_placed(path):
            raise Unusable(f"{path} cannot be written: name a file in a folder that can be")
        seen[name] = path


def require_new(path: Path) -> None:
    """Raise Unusable for a regular file that exists; a device may exist."""
    if path.is_file():
        raise Unusable(f"{path} exists: name a new file, or say --force to replace it")


def _can_be_placed(path: Path) -> bool:
    is_device = path.exists() and not path.is_file()
    return is_device or os.access(path.resolve().parent, os.W_OK | os.X_OK)


def _is_same(one: Path, other: Path) -> bool:
    if one.exists() and other.exists():
        return one.samefile(other) and (one.is_file() or one.is_dir())
    return one.resolve() == other.resolve()


def _sync(path: Path) -> None:
    number = os.open(path, os.O_RDONLY)
    try:
        os.fsync(number)
    finally:
        os.close(number)
