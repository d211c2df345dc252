"""Imports of files."""

from typing import ClassVar

from django.db import models

from reunite.core.imports.states import ImportState
from reunite.models.access import Workspace
from reunite.models.fields import choices


class Import(models.Model):
    """A file that was imported, is being imported or waits for it; without the file itself."""

    workspace = models.ForeignKey(Workspace, models.PROTECT, db_index=False)
    digest = models.CharField(max_length=64, help_text="SHA-256 of the files and how to read them.")
    name = models.CharField(max_length=255)
    state = models.CharField(max_length=9, choices=choices(ImportState))
    attempts = models.SmallIntegerField(
        db_default=0, help_text="How many were begun since it last got on."
    )
    stage = models.CharField(max_length=9, db_default="", help_text="What is being done.")
    percent = models.SmallIntegerField(db_default=0, help_text="How much of the stage is done.")
    revision = models.BigIntegerField(help_text="The workspace's, by which its values are read.")
    position = models.BigIntegerField(help_text="The place of the last row that is done.")
    rows = models.BigIntegerField()
    refused = models.BigIntegerField()
    contacts = models.BigIntegerField(help_text="How many it created.")
    persons = models.BigIntegerField(db_default=0, help_text="How many it started.")
    merges = models.BigIntegerField()
    held = models.BigIntegerField(db_default=0, help_text="How many merges guards stopped.")
    reason = models.TextField(default="", help_text="Why it failed, or why its last attempt did.")
    notes = models.TextField(db_default="", help_text="Which column is read as what, in lines.")
    reasons = models.TextField(
        db_default="{}",
        help_text="How many rows were refused, or taken without a value, by reason: JSON.",
    )
    last_retired = models.BigIntegerField(
        db_default=0, help_text="The last that was retired when its rows were first read."
    )
    is_dry = models.BooleanField(db_default=False, help_text="Whether it only tells.")
    created_at = models.DateTimeField(help_text="Also the time of rows without one.")
    created_by = models.CharField(max_length=100, null=True)
    updated_at = models.DateTimeField()

    class Meta:
        db_table = "import"
        indexes: ClassVar = [models.Index("workspace", "digest", name="import_digest")]

    def __str__(self) -> str:
        return f"import {self.pk}"
