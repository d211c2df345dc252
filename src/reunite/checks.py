"""System checks: mistakes in the settings, found before the first request."""

from collections.abc import Sequence
from typing import Any

import phonenumbers
from django.conf import settings
from django.core.checks import CheckMessage, Error, Tags, register
from django.db import connection

from reunite.conf import known_settings
from reunite.core.erasure import KEY_MIN_LENGTH
from reunite.store.dialects import supported_vendors

# The tag of what a user can get wrong; Django's other checks are of Reunite's own code.
SETTINGS = "reunite"


@register(SETTINGS)
def check_settings(**_: Any) -> Sequence[CheckMessage]:
    """The keys and values of ``REUNITE``."""
    given = getattr(settings, "REUNITE", {})
    messages: list[CheckMessage] = [
        Error(
            f"REUNITE has no setting {key!r}.",
            hint=f"The settings are {', '.join(sorted(known_settings()))}.",
            id="reunite.E001",
        )
        for key in sorted(given.keys() - known_settings())
    ]
    region = given.get("DEFAULT_REGION")
    if region is not None and region not in phonenumbers.SUPPORTED_REGIONS:
        messages.append(
            Error(
                f"REUNITE['DEFAULT_REGION'] is {region!r}, which is no region of phone numbers.",
                hint="Use the two capital letters of ISO 3166, like 'US', or None.",
                id="reunite.E002",
            )
        )
    keys = [given.get("ERASURE_KEY", ""), *given.get("ERASURE_KEYS_BEFORE", ())]
    if any(key and len(key) < KEY_MIN_LENGTH for key in keys):
        messages.append(
            Error(
                f"An erasure key is shorter than {KEY_MIN_LENGTH} characters.",
                hint="Use a random one, of `openssl rand -hex 32` for example.",
                id="reunite.E004",
            )
        )
    return messages


@register(Tags.database)
def check_database(**_: Any) -> Sequence[CheckMessage]:
    """The database that contacts are kept in."""
    if connection.vendor not in supported_vendors():
        return [
            Error(
                f"Reunite does not run on {connection.display_name}.",
                hint=f"Use one of {', '.join(sorted(supported_vendors()))}.",
                id="reunite.E003",
            )
        ]
    return []
