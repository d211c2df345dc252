"""The tables. Rows are read and written by ``store`` alone; the rules live in ``core``.

docs/explanation/rows.md explains the columns and the two invariants that they carry.
"""

from collections.abc import Iterable
from datetime import UTC, datetime
from enum import StrEnum
from typing import Any, ClassVar

from django.db import models
from django.db.backends.base.base import BaseDatabaseWrapper
from django.db.models import F, Q

from reunite.core.events import DisabledFor
from reunite.core.identifiers.kinds import LATEST_RULES, NAME_MAX_LENGTH
from reunite.core.imports.states import ImportState
from reunite.core.repair.regroup import LinkState
from reunite.core.webhooks.attempts import DeliveryState, Failure


def _choices(states: Iterable[StrEnum]) -> list[tuple[str, str]]:
    return [(each.value, each.name.capitalize()) for each in states]


class KeyField(models.CharField):  # type: ignore[type-arg]  # Generic for checkers alone.
    """Canonical text: compared and sorted by its bytes, whatever the database's language.

    So it is in SQLite anyway. In PostgreSQL an index on it is built faster, and stays right when
    the system's rules of sorting change (docs/decisions/0017-keys-by-their-bytes.md).
    """

    def db_parameters(self, connection: BaseDatabaseWrapper) -> dict[str, Any]:
        """The type of its columns, with the order of their values."""
        parameters = super().db_parameters(connection)
        if connection.vendor == "postgresql":
            parameters["collation"] = "C"
        return parameters


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
        help_text="New contacts are not created before this time, whatever the clock says.",
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

    class Meta:
        db_table = "api_key"
        indexes: ClassVar = [models.Index("workspace", "id", name="api_key_workspace")]

    def __str__(self) -> str:
        return f"key {self.short}"


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
    state = models.CharField(max_length=9, choices=_choices(LinkState))
    held_for = models.CharField(max_length=40, null=True, help_text="What stopped the merge.")
    reason = models.TextField(default="", help_text="In the operator's words.")
    request_id = models.CharField(max_length=64, null=True)
    created_at = models.DateTimeField()
    decided_at = models.DateTimeField(null=True)
    decided_by = models.CharField(max_length=100, null=True)
    import_id = models.BigIntegerField(null=True, help_text="The import that brought it.")
    external_id = models.CharField(max_length=255, null=True, help_text="The order's own id.")
    source = models.CharField(max_length=100, null=True, help_text="Where the order came from.")

    class Meta:
        db_table = "link"
        indexes: ClassVar = [
            models.Index("left_key", "left_kind", "workspace", name="link_left"),
            models.Index("right_key", "right_kind", "workspace", name="link_right"),
            models.Index("workspace", "state", "id", name="link_state"),
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
    changes = models.JSONField(help_text="By ids; empty since somebody it names was erased.")
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

    position = models.BigIntegerField(primary_key=True, help_text="The event.")
    workspace = models.ForeignKey(
        Workspace, models.PROTECT, db_index=False, db_constraint=False, related_name="+"
    )

    class Meta:
        db_table = "unnumbered"

    def __str__(self) -> str:
        return f"event {self.pk} without a number"


class Numbered(models.Model):
    """An event's number in the feed of its workspace."""

    position = models.BigIntegerField(primary_key=True, help_text="The event.")
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


class Webhook(models.Model):
    """An address of another system, the receiver, that is told of events."""

    workspace = models.ForeignKey(Workspace, models.PROTECT, db_index=False)
    url = models.CharField(max_length=2000)
    types = models.TextField(help_text="Of the events, separated by spaces; empty for all.")
    number = models.BigIntegerField(help_text="Events up to this number have their deliveries.")
    created_at = models.DateTimeField()
    created_by = models.CharField(max_length=100, null=True)
    failing_since = models.DateTimeField(
        null=True, help_text="The first failure since its last success."
    )
    disabled_at = models.DateTimeField(null=True)
    disabled_for = models.CharField(max_length=8, null=True, choices=_choices(DisabledFor))

    class Meta:
        db_table = "webhook"
        indexes: ClassVar = [models.Index("workspace", "id", name="webhook_workspace")]

    def __str__(self) -> str:
        return f"webhook {self.pk}"


class WebhookSecret(models.Model):
    """What signs the messages of a webhook; two hold while one replaces the other."""

    workspace = models.ForeignKey(Workspace, models.PROTECT, db_index=False)
    webhook = models.ForeignKey(Webhook, models.PROTECT, db_index=False)
    secret = models.CharField(max_length=100, help_text="As the receiver has it: whsec_….")
    created_at = models.DateTimeField()
    expires_at = models.DateTimeField(null=True)

    class Meta:
        db_table = "webhook_secret"
        indexes: ClassVar = [models.Index("webhook", name="webhook_secret_webhook")]

    def __str__(self) -> str:
        return f"secret {self.pk} of webhook {self.webhook_id}"


class Delivery(models.Model):
    """How far the message of an event for one webhook is. The event itself may be pruned."""

    workspace = models.ForeignKey(Workspace, models.PROTECT, db_index=False)
    webhook = models.ForeignKey(
        Webhook,
        models.PROTECT,
        db_index=False,
        db_constraint=False,
        help_text="Deliveries that have ended outlive it until they are pruned.",
    )
    number = models.BigIntegerField(help_text="The event's number in the feed.")
    type = models.CharField(max_length=40)
    person_id = models.BigIntegerField()
    happened_at = models.DateTimeField(help_text="When the event was written.")
    state = models.CharField(max_length=9, choices=_choices(DeliveryState))
    attempts = models.SmallIntegerField(db_default=0)
    next_attempt_at = models.DateTimeField(
        null=True, help_text="While an attempt is under way, when another worker may make it."
    )
    attempted_at = models.DateTimeField(null=True, help_text="When the last attempt began.")
    status = models.SmallIntegerField(null=True, help_text="Of the last answer.")
    failure = models.CharField(max_length=16, null=True, choices=_choices(Failure))
    ended_at = models.DateTimeField(null=True, help_text="When it was delivered or given up.")

    class Meta:
        db_table = "delivery"
        indexes: ClassVar = [
            models.Index("webhook", "state", "number", name="delivery_state"),
            models.Index(
                "webhook",
                "next_attempt_at",
                name="delivery_due",
                condition=Q(next_attempt_at__isnull=False),
            ),
            models.Index("ended_at", name="delivery_ended", condition=Q(ended_at__isnull=False)),
        ]
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["webhook", "number"], name="delivery_once"),
            models.CheckConstraint(
                name="delivery_waits_or_has_ended",
                condition=Q(state="waiting", next_attempt_at__isnull=False, ended_at__isnull=True)
                | Q(next_attempt_at__isnull=True, ended_at__isnull=False) & ~Q(state="waiting"),
            ),
        ]

    def __str__(self) -> str:
        return f"delivery of event {self.number} to webhook {self.webhook_id}"


class Import(models.Model):
    """A file that was imported, is being imported or waits for it; without the file itself."""

    workspace = models.ForeignKey(Workspace, models.PROTECT, db_index=False)
    digest = models.CharField(max_length=64, help_text="SHA-256 of the files and how to read them.")
    name = models.CharField(max_length=255)
    state = models.CharField(max_length=9, choices=_choices(ImportState))
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
