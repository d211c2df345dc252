"""Links: which there are, for operators."""

from collections.abc import Sequence

from reunite.store import links
from reunite.store.links import ListedLink
from reunite.store.workspaces import DEFAULT_WORKSPACE_ID

LINK_STATES = links.STATES


def list_links(
    *, state: str, after: int, limit: int, workspace_id: int = DEFAULT_WORKSPACE_ID
) -> Sequence[ListedLink]:
    """Up to ``limit`` links in a state, by id, from the one after the id ``after`` on."""
    return links.listed(state=state, after=after, limit=limit, workspace_id=workspace_id)
