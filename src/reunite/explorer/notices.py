"""What a page says after something was done: that it was, and how to take it back."""

from collections.abc import Mapping
from dataclasses import dataclass
from urllib.parse import urlencode

from django.http import HttpRequest

from reunite.core.scope import Scope
from reunite.explorer.http.query import number_in
from reunite.services.repair.undo import may_be_undone

WORDS: Mapping[str, str] = {
    "split": "The person was split.",
    "delete": "The contact was deleted.",
    "revoke": "The link was revoked.",
    "restore-link": "The link was restored.",
    "retire": "The identifier was retired. To take that back, restore it under Repair.",
    "restore": "The identifier counts again.",
    "join": "The two persons are one now.",
    "apart": "The two persons are kept apart.",
    "lift": "The separation was lifted.",
    "erase": "The person was erased.",
    "approved": "The two persons were joined.",
    "rejected": "The merge was rejected.",
    "kept-apart": "The merge was rejected, and the two persons are kept apart.",
    "unsure": "The merge stays held, behind all others.",
    "undone": "It was undone.",
}
"""What was done, by the name that an address gives it."""


@dataclass(frozen=True, slots=True)
class Notice:
    """What was done in words, and the repair that ``Undo`` takes back, if one may be."""

    words: str
    repair_id: int | None


def told(did: str, repair_id: int | None = None) -> str:
    """The parameters of an address, of a page that says what was done."""
    return urlencode({"did": did, **({"done": repair_id} if repair_id else {})})


def notice_of(request: HttpRequest, scope: Scope) -> Notice | None:
    """What the page of this address says was done, if something was."""
    words = WORDS.get(request.GET.get("did", ""))
    repair_id = number_in(request, "done")
    if words is None:
        return None
    return Notice(words, repair_id if repair_id and may_be_undone(scope, repair_id) else None)
