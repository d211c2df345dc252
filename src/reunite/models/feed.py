"""Events, and their numbers in the change feed."""

from typing import ClassVar

from django.db import models
from django.db.models import Q

from reunite.models.access import Workspace
from reunite.models.fields import RowIdField


class Event(models.Model):
    """What happened, append-only: written in the transaction that did it, never changed."""

    position = models.BigAutoField(primary_key=True)
    workspace = models.ForeignKey(Workspace, models.PROTECT, db_index=False)
    type = models.CharField(max_length=40)
    person_id = models.BigIntegerField(help_text="The person's id after the event.")
    payload = models.JSONField(help_text="Ids only, no personal data.")
    request_id = models.CharField(max_length=64, null=True)
    import_id = models.BigIntegerField(null=True, help_text="The import that did it.")
    created_at = models.DateTimeField()
    # Of text without a limit PostgreSQL expects short values: plans of empty tables stay the same.
    created_by = models.TextField(null=True, help_text="The name of the key.")

    class Meta:
        db_table = "event"
        indexes: ClassVar = [
            models.Index("person_id", "position", name="event_person"),
            models.Index(
                "workspace", name="event_suspicious", condition=Q(type="person.suspicious")
            ),
        ]

    def __str__(self) -> str:
        return f"event {self.pk}"


class Unnumbered(models.Model):
    """An event that has no number in the feed yet; written with the event.

    Neither table of numbers refers to others by constraints: checking them takes each request that
    writes longer than the row.
    """

    position = RowIdField(primary_key=True, help_text="The event.")
    workspace = models.ForeignKey(
        Workspace, models.PROTECT, db_index=False, db_constraint=False, related_name="+"
    )

    class Meta:
        db_table = "unnumbered"

    def __str__(self) -> str:
        return f"event {self.pk} without a number"


class Numbered(models.Model):
    """An event's number in the feed of its workspace."""

    position = RowIdField(primary_key=True, help_text="The event.")
    workspace = models.ForeignKey(
        Workspace, models.PROTECT, db_index=False, db_constraint=False, related_name="+"
    )
    number = models.BigIntegerField(help_text="From 1 on, without gaps.")

    class Meta:
        db_table = "numbered"
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["workspace", "number"], name="numbered_once")
        ]

    def __str__(self) -> str:
        return f"event {self.pk}, number {self.number}"
