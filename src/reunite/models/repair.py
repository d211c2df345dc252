"""What operators decide, and what undoing their decisions needs."""

from typing import ClassVar

from django.db import models
from django.db.models import F, Q

from reunite.core.identifiers.kinds import NAME_MAX_LENGTH
from reunite.models.access import Workspace
from reunite.models.fields import KeyField
from reunite.models.persons import Contact


class Separation(models.Model):
    """Two contacts that must never be one person."""

    workspace = models.ForeignKey(Workspace, models.PROTECT, db_index=False)
    left = models.ForeignKey(Contact, models.PROTECT, related_name="+", db_index=False)
    right = models.ForeignKey(Contact, models.PROTECT, related_name="+", db_index=False)
    reason = models.TextField(default="")
    created_at = models.DateTimeField()
    created_by = models.CharField(max_length=100, null=True)

    class Meta:
        db_table = "separation"
        indexes: ClassVar = [models.Index("right", name="separation_right")]
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["left", "right"], name="separation_once"),
            models.CheckConstraint(
                name="separation_smaller_id_first", condition=Q(left__lt=F("right"))
            ),
        ]

    def __str__(self) -> str:
        return f"separation {self.pk}"


class Retired(models.Model):
    """An identifier that no longer counts as evidence, in none of the contacts that carry it."""

    class Origin(models.TextChoices):
        OPERATOR = "operator"
        GUARD = "guard"

    workspace = models.ForeignKey(Workspace, models.PROTECT, db_index=False)
    kind = models.CharField(max_length=NAME_MAX_LENGTH)
    key = KeyField(max_length=254)
    value = models.CharField(
        max_length=254, null=True, help_text="As given; empty where only the key is known."
    )
    origin = models.CharField(max_length=8, choices=Origin.choices)
    reason = models.TextField(default="")
    created_at = models.DateTimeField()
    created_by = models.CharField(max_length=100, null=True)

    class Meta:
        db_table = "retired"
        indexes: ClassVar = [models.Index("workspace", "kind", "key", name="retired_key")]
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["workspace", "kind", "value"], name="retired_once")
        ]

    def __str__(self) -> str:
        return f"retired {self.kind} {self.pk}"


class Tombstone(models.Model):
    """The keyed hash of an identifier that was erased."""

    workspace = models.ForeignKey(Workspace, models.PROTECT, db_index=False)
    kind = models.CharField(max_length=NAME_MAX_LENGTH)
    digest = models.CharField(max_length=64, help_text="HMAC-SHA256 of the canonical value.")
    key_id = models.CharField(
        max_length=8, db_default="", help_text="Which key; keys stand outside the database."
    )
    created_at = models.DateTimeField()

    class Meta:
        db_table = "tombstone"
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["workspace", "kind", "digest"], name="tombstone_once")
        ]

    def __str__(self) -> str:
        return f"tombstone {self.pk}"


class Repair(models.Model):
    """What an operator's change did to the evidence, so that it can be undone."""

    workspace = models.ForeignKey(Workspace, models.PROTECT, db_index=False)
    type = models.CharField(max_length=40)
    changes = models.JSONField(help_text="By ids; empty after a person in it was erased.")
    request_id = models.CharField(max_length=64, null=True)
    created_at = models.DateTimeField()
    undoes = models.BigIntegerField(null=True, help_text="The repair that it undid.")
    undone_by = models.BigIntegerField(null=True, help_text="The repair that undid it.")

    class Meta:
        db_table = "repair"

    def __str__(self) -> str:
        return f"repair {self.pk}"


class RepairedContact(models.Model):
    """A contact that a repair names, so that erasing the contact finds the repair."""

    repair = models.ForeignKey(Repair, models.PROTECT, db_index=False)
    contact = models.ForeignKey(Contact, models.PROTECT, related_name="+", db_index=False)

    class Meta:
        db_table = "repaired_contact"
        indexes: ClassVar = [models.Index("contact", name="repaired_contact_contact")]

    def __str__(self) -> str:
        return f"contact {self.contact_id} in repair {self.repair_id}"
