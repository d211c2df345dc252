"""Suspicious persons: a line in the log when somebody becomes one."""

import logging

from reunite.core.suspicion import Counts

_log = logging.getLogger(__name__)


def log_suspicious(person_id: int, counts: Counts) -> None:
    """Log that a person became suspicious: ids and numbers, no values."""
    _log.warning(
        "person %d is suspicious: %d contacts, %d emails, %d phone numbers", person_id, *counts
    )
