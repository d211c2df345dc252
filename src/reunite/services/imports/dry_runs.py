"""Dry runs of uploads: what would come of a file is told, and the file waits to be started."""

import shutil
from contextlib import suppress
from datetime import UTC, datetime

from reunite.core.errors import NothingToStart
from reunite.core.imports.states import ImportState
from reunite.core.scope import Scope
from reunite.services.imports.progress import show
from reunite.services.imports.uploads import Upload, upload_folder
from reunite.store.database.transactions import retried, transaction
from reunite.store.tables import imports
from reunite.store.tables.imports import Import


def start(scope: Scope, import_id: int) -> Import:
    """Let the file of a dry run that is done be imported; the import, which waits for a worker.

    Raises ImportNotFound, NothingToStart if it is none or its file is not kept any more, and
    TemporarilyUnavailable.
    """
    show(scope, import_id)
    upload = Upload(upload_folder(), import_id)

    def attempt(seconds_left: float) -> Import:
        with transaction(wait_seconds=seconds_left) as locked:
            if not locked.read(imports.start_for_good(scope, import_id, at=datetime.now(UTC))):
                raise NothingToStart
            # The row waits when its file is there. After a crash the worker puts it back.
            with suppress(FileNotFoundError):
                upload.told_path.rename(upload.path)
            if not upload.path.exists():
                raise NothingToStart
            locked.commit()
            return show(scope, import_id)

    return retried(attempt)


def is_kept(found: Import) -> bool:
    """Whether an import is a dry run that is done, and can be started."""
    upload = Upload(upload_folder(), found.id)
    is_told = found.is_dry and found.state is ImportState.DONE
    return is_told and (upload.told_path.exists() or upload.path.exists())


def set_aside(upload: Upload) -> None:
    """Take the file of a dry run that is done out of the queue; it is kept for a day."""
    shutil.rmtree(upload.scratch_path, ignore_errors=True)
    with suppress(FileNotFoundError):
        upload.path.rename(upload.told_path)
