"""Uploads: files that came over HTTP, kept in a folder until a worker has imported them.

Each import has up to four names in the folder IMPORT_FOLDER: ``7.upload``, the file as it came
(``7.told`` behind a dry run); ``7.json``, how to read it; ``7.scratch``, what the engine has no
memory for; and ``7.refused.csv``, which stays. A name is given to a file when all of it is on the
disk.
"""

import hashlib
import json
import os
import shutil
from collections.abc import Iterable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import asdict, dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from tempfile import mkstemp
from typing import Any, BinaryIO

from reunite.conf import reunite_settings
from reunite.core.errors import (
    BulkNotInstalled,
    FieldError,
    ImportEnded,
    InvalidUpload,
    RefusedNotFound,
    UploadNotKept,
    UploadTooLarge,
)
from reunite.core.imports.files import Columns, Form, Unreadable, told_by, what_else
from reunite.core.imports.records.text import encoding_of
from reunite.core.imports.records.times import time_reader
from reunite.core.imports.states import ImportState
from reunite.core.scope import Scope
from reunite.extra import has_extra
from reunite.services.imports.progress import show
from reunite.store.database.locks import gate
from reunite.store.database.transactions import retried, transaction
from reunite.store.tables import imports
from reunite.store.tables.imports import Import

_NAME_MAX_LENGTH = 255
_PART = ".part"


@dataclass(frozen=True, slots=True)
class Reading:
    """How to read an uploaded file: its format csv, jsonl or parquet, and gzip, zstd or None."""

    format: str
    compression: str | None
    columns: Columns
    form: Form = field(default_factory=Form)


@dataclass(frozen=True, slots=True)
class Upload:
    """The files of one import in the folder of uploads."""

    folder: Path
    import_id: int

    @property
    def path(self) -> Path:
        """The file as it came."""
        return self.folder / f"{self.import_id}.upload"

    @property
    def told_path(self) -> Path:
        """The file behind a dry run, where no worker takes it until its import is started."""
        return self.folder / f"{self.import_id}.told"

    @property
    def reading_path(self) -> Path:
        """How to read it, and its digest."""
        return self.folder / f"{self.import_id}.json"

    @property
    def scratch_path(self) -> Path:
        """A folder for what the engine has no memory for."""
        return self.folder / f"{self.import_id}.scratch"

    @property
    def refused_path(self) -> Path:
        """The list of refused rows: file, line, reason and column, but no values."""
        return self.folder / f"{self.import_id}.refused.csv"

    def clear_scratch(self) -> None:
        """Let that folder be there, and empty."""
        shutil.rmtree(self.scratch_path, ignore_errors=True)
        self.scratch_path.mkdir(mode=0o700)


def upload_folder() -> Path:
    """The folder of uploads, which need not exist."""
    return Path(reunite_settings().IMPORT_FOLDER)


def how_to_read(
    name: str, *, format: str | None = None, columns: Columns, form: Form | None = None
) -> Reading:
    """How a file of this name is read.

    Raises InvalidUpload for a name that is no file's, and for an unknown encoding or date format.
    """
    if not _is_name(name):
        raise InvalidUpload(
            FieldError(
                "name",
                "invalid_name",
                f"No file name: send up to {_NAME_MAX_LENGTH} characters without a path that "
                "begin with a letter or a digit, like orders.csv.gz.",
            )
        )
    told, compression = told_by(name)
    known = format or told
    if known is None:
        raise InvalidUpload(
            FieldError(
                "name",
                "unknown_format",
                f"By its name it {other}."
                if (other := what_else(name))
                else "It does not end like CSV, JSONL or Parquet: say which with the parameter "
                "format.",
            )
        )
    form = form or Form()
    _require_form(form)
    return Reading(known, compression, columns, form)


def _require_form(form: Form) -> None:
    try:
        encoding_of(b"", form.encoding)
    except Unreadable as error:
        raise InvalidUpload(FieldError("encoding", "unknown_encoding", f"{error}.")) from error
    try:
        time_reader(form.date_format)
    except Unreadable as error:
        raise InvalidUpload(FieldError("dateFormat", "invalid_date_format", f"{error}.")) from error


def receive(
    scope: Scope,
    name: str,
    reading: Reading,
    pieces: Iterable[bytes],
    *,
    size_bytes: int,
    is_dry: bool = False,
) -> Import:
    """Keep a file that comes in pieces; its import, which waits for a worker.

    With ``is_dry`` nothing is imported: the import tells what would come of it, until ``start``.

    The same file, read the same way, is the import that is not finished yet, if there is one.
    Nothing is left of a file if getting its pieces fails. Raises BulkNotInstalled, UploadTooLarge,
    InvalidUpload for an empty file, and TemporarilyUnavailable.
    """
    if not has_extra():
        raise BulkNotInstalled
    if size_bytes > reunite_settings().IMPORT_MAX_BYTES:
        raise UploadTooLarge
    if size_bytes == 0:
        raise InvalidUpload(FieldError("body", "empty", "Empty: send the file as the body."))
    folder = upload_folder()
    with _part_in(folder) as (file, part):
        hashed = hashlib.sha256(repr(reading).encode())
        hashed.update("".join(map(repr, reading.columns.identifiers)).encode())
        for piece in pieces:
            hashed.update(piece)
            with _on_disk():
                file.write(piece)
        with _on_disk():
            _sync(file)
        digest = hashed.hexdigest()

        def attempt(seconds_left: float) -> Import:
            nonlocal part
            with transaction(wait_seconds=seconds_left) as locked:
                found = locked.read(imports.find_last(scope, digest))
                if found is not None and (not found.state.is_unfinished or found.is_dry != is_dry):
                    found = None
                if found is not None and Upload(folder, found.id).path.exists():
                    return found
                import_id = (
                    found.id
                    if found
                    else imports.insert(
                        scope, locked, digest, name, state=ImportState.WAITING, is_dry=is_dry
                    )
                )
                # The row is seen when its files are there: then a crash leaves no row to wait for.
                with _on_disk():
                    part = _place(part, Upload(folder, import_id), reading, digest)
                locked.commit()
                return show(scope, import_id)

        return retried(attempt)


def cancel(scope: Scope, import_id: int) -> Import:
    """Let an import end where it is, and delete its file; the import.

    What it wrote by now stays. A worker that is at it stops within seconds, a command after the
    chunk that it is at. A dry run that is done stays so, without its file. Raises ImportNotFound,
    ImportEnded if it is done or failed, and TemporarilyUnavailable; then only the file may be gone,
    and the same again cancels it.
    """
    found = show(scope, import_id)
    if found.state is ImportState.CANCELLED:
        return found
    upload = Upload(upload_folder(), import_id)
    if found.is_dry and found.state is ImportState.DONE:
        for path in (upload.told_path, upload.reading_path):
            path.unlink(missing_ok=True)
        return found
    if not found.state.is_unfinished:
        raise ImportEnded
    # Without its file the worker stops, and releases the locks on the rows written next.
    for path in (upload.path, upload.reading_path, upload.refused_path):
        path.unlink(missing_ok=True)

    def attempt(seconds_left: float) -> Import:
        with transaction(wait_seconds=seconds_left) as locked:
            end = imports.end(import_id, state=ImportState.CANCELLED, at=datetime.now(UTC))
            locked.lock(gate(scope, shared=True))
            has_ended = locked.read(end)
            locked.commit()
        if not has_ended:
            raise ImportEnded
        return show(scope, import_id)

    return retried(attempt)


def reading_of(upload: Upload) -> tuple[Reading, str]:
    """How an upload is read, and its digest; raises OSError or ValueError if that is lost."""
    kept = json.loads(upload.reading_path.read_text())
    columns = Columns(**_with_tuples(kept["columns"]))
    form = Form(**kept.get("form", {}))
    return Reading(kept["format"], kept["compression"], columns, form), kept["digest"]


def _with_tuples(kept: dict[str, Any]) -> dict[str, Any]:
    """The lists of the JSON, as tuples."""
    return {name: _tuples(value) for name, value in kept.items()}


def _tuples(value: Any) -> Any:
    return tuple(map(_tuples, value)) if isinstance(value, list) else value


def refused_rows(scope: Scope, import_id: int) -> BinaryIO:
    """The list of the rows that an upload's import refused, to be closed by the caller.

    Raises ImportNotFound or RefusedNotFound.
    """
    found = show(scope, import_id)
    if found.state not in (ImportState.DONE, ImportState.FAILED):
        raise RefusedNotFound
    try:
        return Upload(upload_folder(), import_id).refused_path.open("rb")
    except OSError as error:
        raise RefusedNotFound from error


def remove_refused(import_ids: Iterable[int]) -> None:
    """Delete the lists of refused rows of these imports."""
    for each in import_ids:
        Upload(upload_folder(), each).refused_path.unlink(missing_ok=True)


def _is_name(name: str) -> bool:
    return (
        0 < len(name) <= _NAME_MAX_LENGTH
        and name[0].isalnum()
        and name.isprintable()
        and not set(name) & set("/\\")
    )


@contextmanager
def _on_disk() -> Iterator[None]:
    """Turn errors of the disk into errors of Reunite: they are not the caller's fault."""
    try:
        yield
    except OSError as error:
        raise UploadNotKept from error


@contextmanager
def _part_in(folder: Path) -> Iterator[tuple[BinaryIO, Path]]:
    """A new file, of this user alone, which is gone after the block unless it was renamed."""
    with _on_disk():
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        number, name = mkstemp(suffix=_PART, dir=folder)
    part = Path(name)
    file = os.fdopen(number, "wb")
    try:
        yield file, part
    finally:
        with suppress(OSError):  # A part that is not on the disk by now is not needed.
            file.close()
        part.unlink(missing_ok=True)


def _place(part: Path, upload: Upload, reading: Reading, digest: str) -> Path:
    """Let a file and how it is read be an upload's; where the file is now."""
    number, name = mkstemp(suffix=_PART, dir=upload.folder)
    with os.fdopen(number, "wb") as file:
        file.write(json.dumps({**asdict(reading), "digest": digest}).encode())
        _sync(file)
    Path(name).rename(upload.reading_path)
    moved = part.rename(upload.path)
    number = os.open(upload.folder, os.O_RDONLY)
    try:
        os.fsync(number)
    finally:
        os.close(number)
    return moved


def _sync(file: BinaryIO) -> None:
    file.flush()
    os.fsync(file.fileno())
