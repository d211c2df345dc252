"""The worker: has what was uploaded imported, one file after the other."""

from collections.abc import Callable

from reunite.services.imports.pending_uploads import claim, in_turn, remove_old, scope_of
from reunite.services.imports.uploads import Upload
from reunite.services.repair.erase import finish_erasing

Say = Callable[[str], object]


def work_off(say: Say, attempt: Callable[[Upload], str | None]) -> None:
    """Make an attempt at each of the uploads that there are. Workspaces take turns.

    What cannot be done now stays for the next call, and so does an upload that another process is
    at. ``attempt`` gets the upload and returns its result or None. ``say`` gets the result, without
    values and names of files.
    """
    finish_erasing()
    remove_old()
    for upload in in_turn():
        with claim(scope_of(upload), upload) as claimed:
            is_free = claimed is not None
        if is_free and (told := attempt(upload)):
            say(f"import {upload.import_id}: {told}")
