"""The scope of a call: in which workspace it works, and for which request."""

from dataclasses import dataclass

DEFAULT_WORKSPACE_ID = 0  # Below the sequence, so no workspace made later can take it.


@dataclass(frozen=True, slots=True)
class Scope:
    """Made once at the door (HTTP, a command, a worker), and the first argument of what it calls.

    ``who`` is the name of the key or the user that asks. ``import_id`` is the import whose rows
    are written. Links and events keep ``request_id`` and ``import_id``.
    """

    workspace_id: int
    request_id: str | None = None
    who: str | None = None
    import_id: int | None = None


def default_scope(request_id: str | None = None) -> Scope:
    """The default workspace, which is the only one of a shop with a database of its own."""
    return Scope(DEFAULT_WORKSPACE_ID, request_id)
