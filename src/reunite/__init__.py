"""Reunite: identity reconciliation for shops. See README.md and docs/."""

__version__ = "0.1.0"
