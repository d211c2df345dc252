"""The app's settings, read lazily from the ``REUNITE`` dictionary of the Django settings.

docs/reference/settings.md lists them; the service fills the dictionary from the environment.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, fields

from django.conf import settings


@dataclass(frozen=True, slots=True)
class ReuniteSettings:
    """One field for each key of ``REUNITE``; the defaults suit a single shop."""

    ANSWER_MAX_CONTACTS: int = 1_000
    BOOTSTRAP_KEY: str = ""
    DEFAULT_REGION: str | None = None
    DELIVERY_RETENTION_DAYS: int = 30
    ERASURE_KEY: str = ""
    ERASURE_KEY_FILE: str = ""
    ERASURE_KEYS_BEFORE: Sequence[str] = ()
    EXPLORER_OPEN: bool = False
    EVENT_RETENTION_DAYS: int | None = None
    IMPORT_FOLDER: str = "reunite-imports"
    IMPORT_MAX_BYTES: int = 10 * 1024**3
    IMPORT_MEMORY: int = 2 * 1024**3
    IMPORT_RETENTION_DAYS: int | None = None
    LOCK_TIMEOUT_SECONDS: float = 5.0
    METRICS_ON_PORT: bool = True
    REFUSED_RETENTION_DAYS: int = 30
    REQUESTS_PER_SECOND: float = 0.0
    ROWS_PER_SECOND: float = 0.0
    OPEN_WITHOUT_KEYS: bool = True
    SEND_MISSPELT_PRIMARY_ID: bool = True
    WEBHOOK_KEY: str = ""
    WEBHOOK_KEYS_BEFORE: Sequence[str] = ()
    WEBHOOK_NETWORKS: Sequence[str] = ()


def known_settings() -> frozenset[str]:
    """The keys that ``REUNITE`` may hold."""
    return frozenset(field.name for field in fields(ReuniteSettings))


class _Last:
    """The dictionary that was read last, and the settings in it."""

    read: tuple[Mapping[str, object], ReuniteSettings] = {}, ReuniteSettings()


def reunite_settings() -> ReuniteSettings:
    """The settings in force, so that ``override_settings(REUNITE=…)`` works.

    A request asks four times. To compare the dictionary takes a fifth of the time that reading it
    takes.
    """
    given = getattr(settings, "REUNITE", {})
    before, found = _Last.read
    if given != before:
        found = ReuniteSettings(**given)
        _Last.read = dict(given), found
    return found
