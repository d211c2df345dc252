"""Messages of webhooks: who sent them, and what they say."""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from standardwebhooks import Webhook, WebhookVerificationError


class NotGenuine(Exception):
    """The message is not from Reunite, or older than five minutes: answer 401 and ignore it."""


@dataclass(frozen=True, slots=True)
class Message:
    """What happened: ids alone. ``id`` is the same each time that the message comes."""

    id: str
    type: str
    happened_at: datetime
    number: int
    person_id: int


def verify(body: bytes, headers: Mapping[str, str], *secrets: str) -> Message:
    """The message in a request, if it is signed with one of the secrets.

    ``body`` is the body as it came. Give two secrets while one replaces the other. Raises
    NotGenuine.
    """
    lower = {name.lower(): value for name, value in headers.items()}
    for secret in secrets:
        try:
            Webhook(secret).verify(body, lower, json_parse=False)
        except WebhookVerificationError:
            continue
        said = json.loads(body)
        return Message(
            id=lower["webhook-id"],
            type=said["type"],
            happened_at=datetime.fromisoformat(said["timestamp"]),
            number=said["data"]["number"],
            person_id=said["data"]["personId"],
        )
    raise NotGenuine("The message is signed with none of the secrets, or is too old.")
