"""The worker: imports what was uploaded, one file after the other."""

from collections.abc import Callable

import duckdb

from reunite.bulk.files import File
from reunite.bulk.imports import Request, run_begun
from reunite.core.errors import RulesChanged, TemporarilyUnavailable
from reunite.services.erase import finish_erasing
from reunite.services.imports import fail
from reunite.services.pending_uploads import Claimed, claim, pending, remove, remove_old

Say = Callable[[str], object]


def work_off(say: Say) -> None:
    """Import the uploads that there are, in the order of their ids.

    What cannot be done now stays for the next call, and so does an upload that another process is
    at. ``say`` is told what came of each; no values, and no names of files. What is interrupted
    goes on with the next call.
    """
    finish_erasing()
    remove_old()
    for upload in pending():
        with claim(upload) as claimed:
            if claimed is not None:
                say(f"import {upload.import_id}: {_import(claimed)}")


def _import(claimed: Claimed) -> str:
    upload, found, reading = claimed.upload, claimed.found, claimed.reading
    # What a process left that was killed.
    upload.clear_scratch()
    upload.refused_path.touch(mode=0o600)
    file = File(upload.path, found.name, reading.format, reading.compression)
    request = Request(
        columns=reading.columns, refused=upload.refused_path, scratch=upload.scratch_path
    )
    try:
        report = run_begun(found, file, request)
    except RulesChanged:
        return "the rules changed; it begins anew"
    except TemporarilyUnavailable as error:
        return f"to be tried again: {error}"
    except ValueError:
        told = "failed"
    except (duckdb.Error, OSError) as error:
        # The message may hold values of the file.
        told = f"failed: {type(error).__name__}"
        fail(
            found.id,
            f"The engine stopped ({type(error).__name__}): see that the folder IMPORT_FOLDER has "
            "room and the machine enough memory, and upload the file again, perhaps in parts.",
        )
    else:
        told = f"done, {report.rows:,} rows"
    remove(upload)
    return told
