"""Contacts, and what else says which contacts are one person."""

from typing import ClassVar

from django.db import models
from django.db.models import F, Q

from reunite.core.identifiers.kinds import NAME_MAX_LENGTH
from reunite.core.repair.regroup import LinkState
from reunite.models.access import Workspace
from reunite.models.fields import KeyField, choices


class Contact(models.Model):
    """An observation that brought at least one identifier that its person did not have."""

    class Precedence(models.TextChoices):
        PRIMARY = "primary"
        SECONDARY = "secondary"

    workspace = models.ForeignKey(Workspace, models.PROTECT, db_index=False)
    email = models.CharField(max_length=254, null=True, help_text="As given.")
    phone_number = models.CharField(max_length=64, null=True, help_text="As given.")
    email_key = KeyField(
        max_length=254, null=True, help_text="Canonical; empty where it is not evidence."
    )
    phone_key = KeyField(
        max_length=80, null=True, help_text="Canonical; empty where it is not evidence."
    )
    others = models.TextField(
        null=True, help_text="The values of declared kinds, as JSON; empty where there are none."
    )
    linked = models.ForeignKey(
        "self", models.PROTECT, null=True, db_index=False, help_text="The primary, if secondary."
    )
    link_precedence = models.CharField(max_length=9, choices=Precedence.choices)
    created_at = models.DateTimeField()
    updated_at = models.DateTimeField()
    deleted_at = models.DateTimeField(null=True)
    external_id = models.CharField(max_length=255, null=True, help_text="The source's own id.")
    source = models.CharField(max_length=100, null=True, help_text="Where an import came from.")

    class Meta:
        db_table = "contact"
        indexes: ClassVar = [
            models.Index(
                "email_key",
                "workspace",
                name="contact_email_key",
                condition=Q(email_key__isnull=False, deleted_at__isnull=True),
            ),
            models.Index(
                "phone_key",
                "workspace",
                name="contact_phone_key",
                condition=Q(phone_key__isnull=False, deleted_at__isnull=True),
            ),
            models.Index("linked", name="contact_linked", condition=Q(linked__isnull=False)),
            models.Index(
                "external_id",
                "workspace",
                name="contact_external_id",
                condition=Q(external_id__isnull=False, deleted_at__isnull=True),
            ),
            models.Index(
                "workspace",
                name="contact_email_unused",
                condition=Q(email__isnull=False, email_key__isnull=True, deleted_at__isnull=True),
            ),
            models.Index(
                "workspace",
                name="contact_phone_unused",
                condition=Q(
                    phone_number__isnull=False, phone_key__isnull=True, deleted_at__isnull=True
                ),
            ),
        ]
        constraints: ClassVar = [
            models.CheckConstraint(
                name="contact_secondary_is_linked",
                condition=Q(link_precedence="primary", linked__isnull=True)
                | Q(link_precedence="secondary", linked__isnull=False),
            ),
            models.CheckConstraint(
                name="contact_not_its_own_primary", condition=~Q(linked=F("id"))
            ),
            models.CheckConstraint(
                name="contact_value_or_none",
                condition=(Q(email__isnull=True) | ~Q(email=""))
                & (Q(phone_number__isnull=True) | ~Q(phone_number="")),
            ),
            models.CheckConstraint(
                name="contact_live_has_identifier",
                condition=Q(email__isnull=False)
                | Q(phone_number__isnull=False)
                | Q(others__isnull=False)
                | Q(deleted_at__isnull=False),
            ),
            models.CheckConstraint(
                name="contact_key_has_value",
                condition=(Q(email_key__isnull=True) | Q(email__isnull=False))
                & (Q(phone_key__isnull=True) | Q(phone_number__isnull=False)),
            ),
        ]

    def __str__(self) -> str:
        return f"contact {self.pk}"


class Identifier(models.Model):
    """A value of a declared kind that a contact has; ``others`` of the contact says the same."""

    workspace = models.ForeignKey(Workspace, models.PROTECT, db_index=False)
    contact = models.ForeignKey(Contact, models.PROTECT, db_index=False)
    kind = models.CharField(max_length=NAME_MAX_LENGTH)
    value = models.CharField(max_length=254, help_text="As given.")
    key = KeyField(max_length=254, help_text="Canonical, whether it is evidence or not.")
    counts = models.BooleanField(help_text="Whether it is evidence.")

    class Meta:
        db_table = "identifier"
        indexes: ClassVar = [
            models.Index("key", "kind", "workspace", "counts", name="identifier_key"),
            models.Index("contact", name="identifier_contact"),
        ]

    def __str__(self) -> str:
        return f"{self.kind} of contact {self.contact_id}"


class Withheld(models.Model):
    """A contact's identifier that does not count in this contact, though it does in others."""

    contact = models.ForeignKey(Contact, models.PROTECT, db_index=False)
    kind = models.CharField(max_length=NAME_MAX_LENGTH)
    value = models.CharField(
        max_length=254, db_default="", help_text="As given, of a declared kind; empty otherwise."
    )
    created_at = models.DateTimeField()

    class Meta:
        db_table = "withheld"
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["contact", "kind", "value"], name="withheld_once")
        ]

    def __str__(self) -> str:
        return f"withheld {self.kind} of contact {self.contact_id}"


class Link(models.Model):
    """A request joined two identifiers without a new contact, or an operator two contacts."""

    class Origin(models.TextChoices):
        REQUEST = "request"
        OPERATOR = "operator"

    workspace = models.ForeignKey(Workspace, models.PROTECT, db_index=False)
    left_kind = models.CharField(max_length=NAME_MAX_LENGTH)
    left_key = KeyField(max_length=254)
    right_kind = models.CharField(max_length=NAME_MAX_LENGTH)
    right_key = KeyField(max_length=254)
    left_value = models.CharField(
        max_length=254, null=True, help_text="As given; empty where only the key is known."
    )
    right_value = models.CharField(
        max_length=254, null=True, help_text="As given; empty where only the key is known."
    )
    origin = models.CharField(max_length=8, choices=Origin.choices)
    state = models.CharField(max_length=9, choices=choices(LinkState))
    held_for = models.CharField(max_length=40, null=True, help_text="What stopped the merge.")
    reason = models.TextField(default="", help_text="In the operator's words.")
    request_id = models.CharField(max_length=64, null=True)
    created_at = models.DateTimeField()
    decided_at = models.DateTimeField(null=True)
    decided_by = models.CharField(max_length=100, null=True)
    deferred_at = models.DateTimeField(null=True, help_text="When a reviewer was unsure.")
    deferred_by = models.CharField(max_length=100, null=True)
    import_id = models.BigIntegerField(null=True, help_text="The import that brought it.")
    external_id = models.CharField(max_length=255, null=True, help_text="The order's own id.")
    source = models.CharField(max_length=100, null=True, help_text="Where the order came from.")

    class Meta:
        db_table = "link"
        indexes: ClassVar = [
            models.Index("left_key", "left_kind", "workspace", name="link_left"),
            models.Index("right_key", "right_kind", "workspace", name="link_right"),
            models.Index("workspace", "state", "id", name="link_state"),
            models.Index(
                "external_id",
                "workspace",
                name="link_external_id",
                condition=Q(external_id__isnull=False),
            ),
        ]
        constraints: ClassVar = [
            models.CheckConstraint(
                name="link_joins_two_identifiers",
                condition=~Q(left_kind=F("right_kind"), left_key=F("right_key"))
                | Q(left_value__isnull=False, right_value__isnull=False)
                & ~Q(left_value=F("right_value")),
            ),
        ]

    def __str__(self) -> str:
        return f"link {self.pk}"
