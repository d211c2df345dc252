"""The forms of requests about persons, and of the answers."""

from typing import Any

from drf_spectacular.utils import extend_schema_field
from rest_framework import serializers

from reunite.api.http.documentation import SCHEMAS
from reunite.api.http.fields import (
    Choice,
    NumberParameter,
)
from reunite.api.persons.answer import PersonAnswer
from reunite.core.events import EVENTS
from reunite.core.identifiers.kinds import Standing
from reunite.core.ids import MAX_ID
from reunite.core.payloads import definition_name
from reunite.services.persons.show import LOADED_MAX_LISTED

CONTACTS_PAGE_LENGTH = 100
CONTACTS_MAX_PAGE_LENGTH = 1_000
HISTORY_PAGE_LENGTH = 100
HISTORY_MAX_PAGE_LENGTH = 1_000


_STANDINGS = [each.value for each in Standing]
IN_A_CONTACT = [each for each in _STANDINGS if each != Standing.UNREADABLE]
AT_ALL = [each for each in IN_A_CONTACT if each != Standing.WITHHELD]


class FoundContactAnswer(serializers.Serializer[Any]):
    """A contact that holds the value."""

    contactId = serializers.IntegerField()
    personId = serializers.IntegerField()
    standing = serializers.ChoiceField(
        choices=IN_A_CONTACT, help_text="Whether the value counts in this contact, or why not."
    )


class ContactIdentifierAnswer(serializers.Serializer[Any]):
    """A value of a declared kind."""

    kind = serializers.CharField()
    value = serializers.CharField(help_text="As given.")
    standing = serializers.ChoiceField(choices=_STANDINGS)


class ContactAnswer(serializers.Serializer[Any]):
    """A contact of a person."""

    id = serializers.IntegerField()
    email = serializers.CharField(allow_null=True, help_text="As given.")
    phoneNumber = serializers.CharField(allow_null=True, help_text="As given.")
    linkedId = serializers.IntegerField(allow_null=True, help_text="The primary, if secondary.")
    linkPrecedence = serializers.ChoiceField(choices=["primary", "secondary"])
    createdAt = serializers.DateTimeField()
    updatedAt = serializers.DateTimeField()
    externalId = serializers.CharField(allow_null=True, help_text="Of the order in an import.")
    source = serializers.CharField(  # type: ignore[assignment]  # A column's name.
        allow_null=True, help_text="Where that order came from."
    )
    emailStanding = serializers.ChoiceField(
        choices=_STANDINGS,
        allow_null=True,
        help_text="Whether the email counts in this contact, or why not; null without an email.",
    )
    phoneNumberStanding = serializers.ChoiceField(
        choices=_STANDINGS, allow_null=True, help_text="Like `emailStanding`, for the phone number."
    )
    identifiers = ContactIdentifierAnswer(
        many=True, required=False, help_text="The values of declared kinds, if there are some."
    )


class PersonQuery(serializers.Serializer[Any]):
    """The parts of the answer."""

    include = Choice(["identifiers"], default=None)


class ContactsQuery(serializers.Serializer[Any]):
    """Which page of contacts."""

    after = NumberParameter(default=0, min_value=0, max_value=MAX_ID)
    limit = NumberParameter(
        default=CONTACTS_PAGE_LENGTH, min_value=1, max_value=CONTACTS_MAX_PAGE_LENGTH
    )


class ContactsAnswer(serializers.Serializer[Any]):
    """A page of a person's contacts."""

    personId = serializers.IntegerField()
    contacts = ContactAnswer(many=True, help_text="Oldest first.")
    next = serializers.IntegerField(allow_null=True, help_text="The next page's `after`.")


class ShowPersonAnswer(serializers.Serializer[Any]):
    """A person, and its contacts."""

    contact = PersonAnswer()
    contacts = ContactAnswer(
        many=True,
        help_text="Oldest first; for a truncated person, the contacts that `contact` lists.",
    )


class HistoryQuery(serializers.Serializer[Any]):
    """Which page."""

    after = NumberParameter(default=0, min_value=0, max_value=MAX_ID)
    limit = NumberParameter(
        default=HISTORY_PAGE_LENGTH, min_value=1, max_value=HISTORY_MAX_PAGE_LENGTH
    )


# Any object, since a later version may have more types.
@extend_schema_field(
    {
        "type": "object",
        "additionalProperties": {},
        "x-payloads": {
            type: SCHEMAS + definition_name(kind) for type, kind in sorted(EVENTS.items())
        },
    }
)
class PayloadAnswer(serializers.DictField):
    """The payload of an event."""


class EventAnswer(serializers.Serializer[Any]):
    """An event."""

    position = serializers.IntegerField()
    type = serializers.CharField(help_text="A type of docs/reference/events.md.")
    personId = serializers.IntegerField(
        help_text="The person's id as it was then; 0 of a load, which is about all persons."
    )
    createdAt = serializers.DateTimeField()
    requestId = serializers.CharField(allow_null=True)
    importId = serializers.IntegerField(allow_null=True, help_text="The import that did it.")
    createdBy = serializers.CharField(
        allow_null=True, help_text="The name of the key that did it; null without a key."
    )
    payload = PayloadAnswer(
        help_text="Ids and numbers; `x-payloads` names the schema of each type."
    )


class BroughtAnswer(serializers.Serializer[Any]):
    """A contact or a link, and the order of an import that brought it."""

    contactId = serializers.IntegerField(required=False)
    linkId = serializers.IntegerField(required=False)
    externalId = serializers.CharField(allow_null=True, help_text="The order's own id.")
    source = serializers.CharField(  # type: ignore[assignment]  # A column's name.
        allow_null=True, help_text="Where the order came from."
    )


class HistoryEventAnswer(EventAnswer):
    """An event of a person."""

    orders = BroughtAnswer(
        many=True,
        help_text=(
            "The orders of the import, if it names them. For a load, the orders of the contacts "
            f"that it brought, among the person's {LOADED_MAX_LISTED} oldest."
        ),
    )


class HistoryAnswer(serializers.Serializer[Any]):
    """A page of events."""

    personId = serializers.IntegerField()
    events = HistoryEventAnswer(many=True)
    next = serializers.IntegerField(allow_null=True, help_text="The next page's `after`.")
