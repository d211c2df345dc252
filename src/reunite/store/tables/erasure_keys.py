"""The keys of tombstones. They are kept outside the database: its copy alone tells nothing."""

import errno
import os
import secrets
from contextlib import suppress
from pathlib import Path

from reunite.conf import reunite_settings
from reunite.core.errors import DatabaseReadOnly, ErasureKeyMissing, StorageFull
from reunite.core.repair.erasure import ErasureKey

_FULL = (errno.ENOSPC, errno.EDQUOT)


def known_keys() -> list[ErasureKey]:
    """All keys of the settings, the one for new tombstones first; none if there is none yet."""
    settings = reunite_settings()
    lines = [settings.ERASURE_KEY, *settings.ERASURE_KEYS_BEFORE]
    if settings.ERASURE_KEY_FILE and Path(settings.ERASURE_KEY_FILE).exists():
        lines += Path(settings.ERASURE_KEY_FILE).read_text().splitlines()
    return [ErasureKey(line.strip()) for line in lines if line.strip()]


def current_key() -> ErasureKey:
    """The key for new tombstones. Where the settings name a file alone, the first call writes it.

    Raises ErasureKeyMissing if the settings name neither a key nor a file, StorageFull or
    DatabaseReadOnly if the file cannot be written: it stands beside the database.
    """
    if keys := known_keys():
        return keys[0]
    path = reunite_settings().ERASURE_KEY_FILE
    if not path:
        raise ErasureKeyMissing
    unfinished = Path(f"{path}.{secrets.token_hex(4)}")
    try:
        _write_key(unfinished)
        # Of two processes the first one decides; a key that was used must never be overwritten.
        with suppress(FileExistsError):
            os.link(unfinished, path)
    except OSError as error:
        raise (StorageFull if error.errno in _FULL else DatabaseReadOnly) from error
    finally:
        unfinished.unlink(missing_ok=True)
    return known_keys()[0]


def _write_key(path: Path) -> None:
    descriptor = os.open(path, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o600)
    with os.fdopen(descriptor, "w") as file:
        file.write(f"{secrets.token_hex(32)}\n")
        file.flush()
        os.fsync(file.fileno())
