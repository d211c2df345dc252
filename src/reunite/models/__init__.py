"""The tables, a module for each capability.

``store`` alone reads and writes rows, and ``core`` has the rules.
docs/explanation/rows.md explains the columns and the two invariants that they carry.
"""

from reunite.models.access import ApiKey, Workspace
from reunite.models.feed import Event, Numbered, Unnumbered
from reunite.models.fields import KeyField, RowIdField
from reunite.models.imports import Import
from reunite.models.persons import Contact, Identifier, Link, Withheld
from reunite.models.policy import Policy, Rekeyed
from reunite.models.repair import Repair, RepairedContact, Retired, Separation, Tombstone
from reunite.models.webhooks import Delivery, Webhook, WebhookSecret

__all__ = [
    "ApiKey",
    "Contact",
    "Delivery",
    "Event",
    "Identifier",
    "Import",
    "KeyField",
    "Link",
    "Numbered",
    "Policy",
    "Rekeyed",
    "Repair",
    "RepairedContact",
    "Retired",
    "RowIdField",
    "Separation",
    "Tombstone",
    "Unnumbered",
    "Webhook",
    "WebhookSecret",
    "Withheld",
    "Workspace",
]
