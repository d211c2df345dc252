"""The forms of requests about persons, and of the answers."""

from typing import Any, ClassVar

from drf_spectacular.utils import extend_schema_field
from rest_framework import serializers
from rest_framework.fields import empty

from reunite.api.http.documentation import SCHEMAS
from reunite.api.http.fields import (
    Body,
    Choice,
    GivenEmail,
    GivenPhoneNumber,
    Id,
    IdParameter,
    NumberParameter,
)
from reunite.api.http.identifiers import with_identifiers
from reunite.api.persons.answer import PersonAnswer, TruncatedAnswer
from reunite.core.events import EVENTS
from reunite.core.identifiers.kinds import Standing
from reunite.core.ids import MAX_ID
from reunite.core.payloads import definition_name
from reunite.core.persons.evidence import GROUP_MAX_LISTED
from reunite.services.persons.search import MAX_CONTACTS
from reunite.services.persons.show import LOADED_MAX_LISTED

CONTACTS_PAGE_LENGTH = 100
CONTACTS_MAX_PAGE_LENGTH = 1_000
HISTORY_PAGE_LENGTH = 100
HISTORY_MAX_PAGE_LENGTH = 1_000
# "from" is a word of Python's, so these fields stand in dictionaries.
ENDS = ("from", "to")
ONE_OF_THREE = 'Not one of the three: send {"email": …}, {"phoneNumber": …} or {"contactId": …}.'


_STANDINGS = [each.value for each in Standing]
_IN_A_CONTACT = [each for each in _STANDINGS if each != Standing.UNREADABLE]
AT_ALL = [each for each in _IN_A_CONTACT if each != Standing.WITHHELD]


class FoundContactAnswer(serializers.Serializer[Any]):
    """A contact that holds the value."""

    contactId = serializers.IntegerField()
    personId = serializers.IntegerField()
    standing = serializers.ChoiceField(
        choices=_IN_A_CONTACT, help_text="Whether the value counts in this contact, or why not."
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


class NodeAnswer(serializers.Serializer[Any]):
    """A contact, or an identifier that counts."""

    id = serializers.CharField(help_text="The kind, and the contact's id or the canonical value.")
    kind = serializers.CharField(help_text="contact, email, phone, or a declared kind")
    contactId = serializers.IntegerField(required=False, help_text="Of a contact.")
    value = serializers.CharField(required=False, help_text="Of an identifier, as first given.")


class SourceAnswer(serializers.Serializer[Any]):
    """The contact or the link that is the source of a piece of evidence."""

    contactId = serializers.IntegerField(required=False, help_text="Of a contact.")
    linkId = serializers.IntegerField(required=False, help_text="Of a link.")
    origin = serializers.ChoiceField(
        choices=["request", "operator"], required=False, help_text="Of a link."
    )
    requestId = serializers.CharField(required=False, allow_null=True, help_text="Of a link.")
    importId = serializers.IntegerField(
        required=False, allow_null=True, help_text="Of a link: the import that brought it."
    )
    externalId = serializers.CharField(
        allow_null=True, help_text="The id of the imported order that gave it."
    )
    source = serializers.CharField(  # type: ignore[assignment]  # A column's name.
        allow_null=True, help_text="Where that order came from."
    )
    createdAt = serializers.DateTimeField()


class EdgeAnswer(SourceAnswer):
    """A contact carries an identifier, or a link joins two; by the ids of the nodes."""

    def get_fields(self) -> dict[str, Any]:
        """The ends, and the source."""
        return {each: serializers.CharField() for each in ENDS} | super().get_fields()


class StepAnswer(SourceAnswer):
    """A step of a chain."""

    def get_fields(self) -> dict[str, Any]:
        """The ends, and the source."""
        return {each: NodeAnswer() for each in ENDS} | super().get_fields()


class GroupAnswer(serializers.Serializer[Any]):
    """Contacts that would stay together."""

    size = serializers.IntegerField()
    contactIds = serializers.ListField(
        child=serializers.IntegerField(), help_text=f"At most {GROUP_MAX_LISTED} of them."
    )


class BridgeAnswer(serializers.Serializer[Any]):
    """A node, or an edge between two, that alone holds contacts together."""

    def get_fields(self) -> dict[str, Any]:
        """The id of the node, or the ids of the ends of the edge; and the groups."""
        return {
            each: serializers.CharField(required=False) for each in ("node", *ENDS)
        } | super().get_fields()

    groups = GroupAnswer(many=True, help_text="Two or more; the group of the oldest contact first.")


class GraphAnswer(serializers.Serializer[Any]):
    """The evidence of a person."""

    personId = serializers.IntegerField()
    nodes = NodeAnswer(many=True)
    edges = EdgeAnswer(many=True, help_text="Oldest first.")
    bridges = BridgeAnswer(many=True, help_text="Empty where the graph is truncated.")
    truncated = TruncatedAnswer(
        required=False,
        help_text=(
            "Only if the person has more contacts than an answer lists: then the graph has its "
            "oldest contacts, and no bridges."
        ),
    )


class NotCountingAnswer(serializers.Serializer[Any]):
    """An end that does not count, and so joins no persons."""

    end = serializers.ChoiceField(choices=ENDS)
    standing = serializers.ChoiceField(
        choices=[each for each in _IN_A_CONTACT if each != Standing.COUNTS],
        help_text="Why the value does not count; withheld if a split withheld it in all contacts.",
    )
    contacts = FoundContactAnswer(many=True, help_text=f"The oldest {MAX_CONTACTS} that hold it.")


class ExplainAnswer(serializers.Serializer[Any]):
    """The shortest chain of evidence between two ends."""

    personId = serializers.IntegerField(
        allow_null=True, help_text="The person of the start; null if neither end counts."
    )
    connected = serializers.BooleanField()
    steps = StepAnswer(many=True)
    notCounting = NotCountingAnswer(many=True, help_text="The ends that do not count.")


class ContactEnds(serializers.Serializer[Any]):
    """Two contacts."""

    def get_fields(self) -> dict[str, Any]:
        """The ends."""
        return {each: IdParameter() for each in ENDS}


class EndRequest(Body):
    """One end of a chain: one of the three, or one value of a declared kind."""

    email = GivenEmail()
    phoneNumber = GivenPhoneNumber()
    contactId = Id(required=False, allow_null=True, default=None)

    def run_validation(self, data: Any = empty) -> Any:
        """The three, with None for those not given."""
        if not isinstance(data, dict):
            raise serializers.ValidationError(ONE_OF_THREE, "invalid_end")
        return super().run_validation(data)


class ExplainRequest(Body):
    """Two ends."""

    end: ClassVar[type[Body]] = EndRequest

    def get_fields(self) -> dict[str, Any]:
        """The ends."""
        return {each: self.end() for each in ENDS}


EXPLAIN_FORM = type(
    "ExplainRequest",
    (ExplainRequest,),
    {"end": with_identifiers(EndRequest), "__doc__": "Two ends."},
)
"""As the documents show it."""


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
