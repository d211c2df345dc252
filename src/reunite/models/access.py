"""Workspaces, and the keys that let clients into them."""

from datetime import UTC, datetime
from typing import ClassVar

from django.db import models

from reunite.core.identifiers.kinds import LATEST_RULES


class Workspace(models.Model):
    """One shop or tenant; nothing ever links across workspaces."""

    name = models.CharField(max_length=100, unique=True)
    created_at = models.DateTimeField(auto_now_add=True)
    revision = models.BigIntegerField(
        db_default=0, help_text="Changes with its policy and with what is retired."
    )
    rules_version = models.SmallIntegerField(
        db_default=LATEST_RULES,
        help_text="Of the rules for identifiers, while no policy says which.",
    )
    erasure_key = models.CharField(
        max_length=64,
        db_default="",
        help_text="Keys tombstones that have no key_id; not made any more.",
    )

    erased_in_log_at = models.DateTimeField(
        null=True, help_text="The last erasure that the write-ahead log of SQLite may still hold."
    )
    clock_at = models.DateTimeField(
        db_default=datetime(1970, 1, 1, tzinfo=UTC),
        help_text="New contacts are not created before this, even if the clock goes back.",
    )
    feed_id = models.CharField(
        max_length=32,
        db_default="",
        help_text="Of its change feed: another one after the database was restored.",
    )

    class Meta:
        db_table = "workspace"

    def __str__(self) -> str:
        return self.name


class ApiKey(models.Model):
    """A key that lets a client in, without its secret."""

    workspace = models.ForeignKey(Workspace, models.PROTECT, db_index=False)
    name = models.CharField(max_length=100, help_text="Who uses it; rows and events keep it.")
    short = models.CharField(max_length=8, unique=True, help_text="The part that is shown.")
    digest = models.CharField(max_length=64, help_text="SHA-256 of the secret part.")
    scopes = models.CharField(max_length=200, help_text="What it may do, separated by spaces.")
    created_at = models.DateTimeField()
    created_by = models.CharField(max_length=100, null=True)
    expires_at = models.DateTimeField(null=True)
    revoked_at = models.DateTimeField(null=True)
    last_used_at = models.DateTimeField(null=True, help_text="To the minute.")
    signed_out_at = models.DateTimeField(
        null=True, help_text="Sign-ins before this time do not hold."
    )

    class Meta:
        db_table = "api_key"
        indexes: ClassVar = [models.Index("workspace", "id", name="api_key_workspace")]

    def __str__(self) -> str:
        return f"key {self.short}"
