"""Pruning: imports that ended long ago are forgotten."""

from datetime import datetime

from reunite.services.imports.uploads import remove_refused
from reunite.store.database.queries import outside
from reunite.store.tables import imports


def prune_imports(*, before: datetime) -> int:
    """Delete the rows of imports that ended before a time, and their lists of refused rows.

    Contacts, links and events keep the ids of these imports. Raises TemporarilyUnavailable.
    """
    ids = outside.read(imports.delete_ended(before))
    remove_refused(ids)
    return len(ids)
