"""The one table."""

from django.db import models


class Contact(models.Model):
    email = models.EmailField(null=True, blank=True, db_index=True)
    phone_number = models.CharField(max_length=64, null=True, blank=True, db_index=True)
    linked = models.ForeignKey("self", models.PROTECT, null=True, related_name="secondaries")
    link_precedence = models.CharField(max_length=9, default="primary")
    created_at = models.DateTimeField(auto_now_add=True)
    updated_at = models.DateTimeField(auto_now=True)
    deleted_at = models.DateTimeField(null=True)

    class Meta:
        db_table = "contact"

    def __str__(self) -> str:
        return f"contact {self.pk}"
