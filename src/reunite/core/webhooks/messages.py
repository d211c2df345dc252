"""Messages of webhooks: they say that something happened, and hold no personal data.

The id of a message depends on the event alone. So it is the same at each attempt, for each
webhook, after a replay and after a crash; receivers recognise by it the messages that they have.
"""

import hashlib
import json
from dataclasses import dataclass
from datetime import UTC, datetime

_ID_BYTES = 16
MAX_SECRETS = 2
"""The most valid secrets of a webhook, while one replaces the other."""


@dataclass(frozen=True, slots=True)
class Told:
    """The event that a message tells of; ``number`` is its place in the feed of the workspace."""

    workspace_id: int
    number: int
    type: str
    person_id: int
    at: datetime


def message_id(event: Told) -> str:
    """The id of the message: ``msg_`` and 32 hexadecimal digits.

    The time belongs to it, because a restored database gives numbers again, to other events.
    """
    text = f"{event.workspace_id} {event.number} {event.type} {_time(event)}"
    return f"msg_{hashlib.blake2b(text.encode(), digest_size=_ID_BYTES).hexdigest()}"


def message_body(event: Told) -> str:
    """The JSON of the message, as it is signed and sent."""
    data = {"number": event.number, "personId": event.person_id}
    return json.dumps(
        {"type": event.type, "timestamp": _time(event), "data": data}, separators=(",", ":")
    )


def _time(event: Told) -> str:
    return event.at.astimezone(UTC).isoformat().replace("+00:00", "Z")
