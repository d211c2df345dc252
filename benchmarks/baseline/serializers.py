"""The request, and the answer from a person's contacts."""

from collections.abc import Sequence
from typing import Any

from rest_framework import serializers

from benchmarks.baseline.models import Contact


class IdentifySerializer(serializers.ModelSerializer):
    phoneNumber = serializers.CharField(source="phone_number", required=False, allow_null=True)

    class Meta:
        model = Contact
        fields = ["email", "phoneNumber"]

    def validate(self, attrs: dict[str, Any]) -> dict[str, Any]:
        if not attrs.get("email") and not attrs.get("phone_number"):
            raise serializers.ValidationError("Either email or phoneNumber is required.")
        return attrs


def answer(contacts: Sequence[Contact]) -> dict[str, Any]:
    primary = contacts[0]
    return {
        "contact": {
            "primaryContactId": primary.id,
            "emails": list(dict.fromkeys(c.email for c in contacts if c.email)),
            "phoneNumbers": list(dict.fromkeys(c.phone_number for c in contacts if c.phone_number)),
            "secondaryContactIds": [c.id for c in contacts[1:]],
        }
    }
