"""One attempt at importing an upload, in this process."""

import logging
import os
import time
from contextlib import suppress

from reunite.bulk.files import File
from reunite.bulk.imports import Request, run_begun, run_dry
from reunite.bulk.job import Tell
from reunite.bulk.max_refused import TooManyRefused
from reunite.bulk.meanwhile import WHOLE
from reunite.bulk.stopped import WORKER, Stopped, reason_of
from reunite.causes import traced
from reunite.conf import reunite_settings
from reunite.core.errors import (
    ErasureKeyMissing,
    ImportEnded,
    ReuniteError,
    RulesChanged,
    TemporarilyUnavailable,
)
from reunite.core.imports.files import Unreadable
from reunite.core.scope import Scope
from reunite.outputs import Unusable
from reunite.services.imports.dry_runs import set_aside
from reunite.services.imports.pending_uploads import (
    Claimed,
    claim,
    failed_attempt,
    remove,
    scope_of,
)
from reunite.services.imports.progress import (
    begin_attempt,
    fail,
    give_back_attempt,
    put_off,
    tell_stage,
)
from reunite.services.imports.uploads import Upload
from reunite.store.tables.imports import Import

_SECONDS_BETWEEN_STAGES = 2.0
# Within the transaction that loads nothing more can be told: it keeps writers out until it ends.
_LOADING = "loading"
_UNTOLD = ("indexing",)
_THREAD_BYTES = 256 * 1024**2
_PROCESS_BYTES = 512 * 1024**2
_log = logging.getLogger(__name__)


def import_upload(upload: Upload) -> str | None:
    """Import an upload from where it stopped; what came of it, or None if another process has it.

    An error of the file costs the attempt and leaves its reason; other errors cost nothing.
    """
    scope = scope_of(upload)
    with claim(scope, upload) as claimed:
        return _attempted(scope, claimed) if claimed is not None else None


def _attempted(scope: Scope, claimed: Claimed) -> str:
    upload, found = claimed.upload, claimed.found
    try:
        begin_attempt(found.id)
        imported = run_dry if found.is_dry else run_begun
        report = imported(scope, *_request(claimed), tell=_stages(found.id))
    except ImportEnded:
        told = "cancelled"
    except (Unreadable, TooManyRefused) as error:
        fail(found.id, WORKER.worded(str(error)))
        told = "failed"
    except RulesChanged:
        give_back_attempt(found.id)
        return "the rules changed; it begins anew"
    except ErasureKeyMissing as error:
        put_off(found.id, str(error))
        return f"to be tried again: {error}"
    except TemporarilyUnavailable as error:
        give_back_attempt(found.id)
        return f"to be tried again: {error}"
    except (KeyboardInterrupt, SystemExit):
        give_back_attempt(found.id)
        raise
    except Exception as error:  # noqa: BLE001  # A file must not stop those after it.
        _log.error("import %d stopped: %s", found.id, traced(error))
        return failed_attempt(scope, upload, _reason(error))
    else:
        told = f"done, {report.rows:,} rows"
        if found.is_dry:
            set_aside(upload)
            return f"dry run {told}"
    remove(upload)
    return told


def _reason(error: Exception) -> str:
    """Why, by the message of our own error; the message of another one may hold values."""
    if isinstance(error, Stopped | Unusable | ReuniteError):
        return str(error)
    return reason_of(error, WORKER)


def _request(claimed: Claimed) -> tuple[Import, File, Request]:
    upload, reading = claimed.upload, claimed.reading
    # What a process left that was killed.
    upload.clear_scratch()
    memory_bytes = reunite_settings().IMPORT_MEMORY
    cores = os.cpu_count() or 1
    return (
        claimed.found,
        File(upload.path, claimed.found.name or "the file", reading.format, reading.compression),
        Request(
            columns=reading.columns,
            form=reading.form,
            refused=upload.refused_path,
            refused_mode=0o600,
            scratch=upload.scratch_path,
            # The other half is for what the engine does not count.
            memory=f"{memory_bytes // 2 // 1024**2}MB",
            threads=max(1, min(cores, memory_bytes // _THREAD_BYTES)),
            workers=max(1, min(cores, memory_bytes // _PROCESS_BYTES)),
            means=WORKER,
        ),
    )


def _stages(import_id: int) -> Tell:
    """Tells GET /imports the stage, and from time to time how much of it is done."""
    last, told_at = "", 0.0

    def tell(what: str, done: int, total: int) -> None:
        nonlocal last, told_at
        now = time.monotonic()
        if what in _UNTOLD or (what == last and now - told_at < _SECONDS_BETWEEN_STAGES):
            return
        if what == last == _LOADING:
            return
        last, told_at = what, now
        with suppress(TemporarilyUnavailable):  # It is only said less often.
            tell_stage(import_id, what, done * WHOLE // total if total else 0)

    return tell
