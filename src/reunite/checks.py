"""System checks: mistakes in the settings, found before the first request."""

from collections.abc import Iterable, Iterator, Sequence
from typing import Any

import phonenumbers
from django.conf import settings
from django.core.checks import CheckMessage, Error, Tags, register
from django.core.checks import Warning as Caution
from django.db import connection
from django.urls import URLResolver, get_resolver

from reunite.conf import known_settings
from reunite.core.access.keys import PREFIX
from reunite.core.repair.erasure import KEY_MIN_LENGTH
from reunite.core.webhooks.addresses import networks
from reunite.store.database.dialects import supported_vendors

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
    keys = [given.get("WEBHOOK_KEY", ""), *given.get("WEBHOOK_KEYS_BEFORE", ())]
    if any(key and len(key) < KEY_MIN_LENGTH for key in keys):
        messages.append(
            Error(
                f"A key of webhooks is shorter than {KEY_MIN_LENGTH} characters.",
                hint="Use a random one, of `openssl rand -hex 32` for example.",
                id="reunite.E007",
            )
        )
    bootstrap = given.get("BOOTSTRAP_KEY", "")
    if bootstrap and (len(bootstrap) < KEY_MIN_LENGTH or bootstrap.startswith(PREFIX)):
        messages.append(
            Error(
                f"The bootstrap key is shorter than {KEY_MIN_LENGTH} characters, or begins with "
                f"{PREFIX}.",
                hint="Use a random one, of `openssl rand -hex 32` for example.",
                id="reunite.E005",
            )
        )
    try:
        networks(given.get("WEBHOOK_NETWORKS", ()))
    except ValueError as error:
        messages.append(
            Error(
                f"WEBHOOK_NETWORKS names no network: {error}.",
                hint="Use networks like 10.0.0.0/8, separated by commas in the environment.",
                id="reunite.E006",
            )
        )
    return messages


@register(Tags.urls)
def check_guard(**_: Any) -> Sequence[CheckMessage]:
    """Whether anything asks who uses the addresses of Reunite, where a project has them."""
    if any(not view.is_closed() for view in _views(get_resolver().url_patterns)):
        return [
            Caution(
                "Every client may read and write contact details at the addresses of Reunite.",
                hint="Set REST_FRAMEWORK['DEFAULT_PERMISSION_CLASSES'], or silence this if "
                "something else guards them.",
                id="reunite.W001",
            )
        ]
    return []


def _views(patterns: Iterable[Any]) -> Iterator[Any]:
    """The views of Reunite among a project's addresses; without them, its API is not loaded."""
    for each in patterns:
        if isinstance(each, URLResolver):
            yield from _views(each.url_patterns)
        elif getattr(each.callback, "__module__", "").startswith("reunite.api."):
            yield each.callback.cls


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
