"""The two ways a file goes in: by the command, and as an upload that a worker imports."""

from reunite.bulk.attempt import import_upload
from reunite.bulk.imports import Request, run
from reunite.core.imports.files import Columns, Form
from reunite.services.imports.pending_uploads import pending
from reunite.services.imports.progress import list_imports
from reunite.services.imports.uploads import how_to_read, receive, refused_rows
from tests.scopes import SCOPE


def by_command(tmp_path, path, columns=None, form=None):
    """What was said of the file, and the lines of the list of refused rows."""
    said = []
    refused = tmp_path / "refused.csv"
    request = Request(
        [str(path)],
        columns=columns or Columns(),
        form=form or Form(),
        refused=refused,
        workers=1,
    )
    run(SCOPE, request, say=said.append)
    return [each.removeprefix(f"{path}: ") for each in said], _listed(refused.read_text())


def by_upload(tmp_path, path, columns=None, form=None):
    """The same of an upload."""
    content = path.read_bytes()
    reading = how_to_read(path.name, columns=columns or Columns(), form=form)
    receive(SCOPE, path.name, reading, [content], size_bytes=len(content))
    (upload,) = pending()
    told = import_upload(upload)
    (found,) = (
        each for each in list_imports(SCOPE, after=0, limit=99) if each.id == upload.import_id
    )
    if found.state != "done":
        raise AssertionError(f"{told}: {found.reason}")
    said = [each.removeprefix(f"{path.name}: ") for each in found.notes.splitlines()]
    with refused_rows(SCOPE, found.id) as refused:
        return said, _listed(refused.read().decode())


def _listed(text):
    rows = (line.split(",") for line in text.splitlines()[1:])
    return [(int(line), reason) for _, line, reason, _ in rows]
