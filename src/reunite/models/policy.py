"""The rules of a workspace, and the keys that contacts will have under the next ones."""

from typing import ClassVar

from django.db import models

from reunite.models.access import Workspace
from reunite.models.fields import KeyField
from reunite.models.persons import Contact


class Policy(models.Model):
    """The rules of a workspace by version; of those applied the last is in force."""

    workspace = models.ForeignKey(Workspace, models.PROTECT, db_index=False)
    version = models.IntegerField()
    rules = models.JSONField()
    staged_up_to = models.BigIntegerField(
        default=0, help_text="The last contact whose keys under these rules are in rekeyed."
    )
    applied_at = models.DateTimeField(null=True, help_text="Empty while it is being prepared.")
    created_at = models.DateTimeField()
    created_by = models.CharField(max_length=100, null=True)

    class Meta:
        db_table = "policy"
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["workspace", "version"], name="policy_version_once")
        ]

    def __str__(self) -> str:
        return f"policy {self.version} of workspace {self.workspace_id}"


class Rekeyed(models.Model):
    """A contact's keys under a policy that is being prepared, where they will change."""

    contact = models.OneToOneField(Contact, models.PROTECT, primary_key=True)
    email_key = KeyField(max_length=254, null=True)
    phone_key = KeyField(max_length=80, null=True)
    others = models.TextField(null=True, help_text="The values of declared kinds, as JSON.")

    class Meta:
        db_table = "rekeyed"

    def __str__(self) -> str:
        return f"keys to come of contact {self.pk}"
