"""The JSON of evidence and events: nodes, edges, the steps of a chain."""

from collections.abc import Iterable, Mapping
from typing import Any

from rest_framework import serializers

from reunite.api.http.pages import members
from reunite.api.persons.answer import TruncatedAnswer
from reunite.api.persons.serializers import EventAnswer
from reunite.core.identifiers.kinds import Identifier
from reunite.core.persons.evidence import GROUP_MAX_LISTED, Edge, LiveLink, Node, Step
from reunite.core.persons.person import Contact
from reunite.services.persons.show import Brought, Event, Orders

# "from" is a word of Python's, so these fields stand in dictionaries.
ENDS = ("from", "to")
Given = Mapping[Identifier, str | None]


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


def steps_answer(steps: Iterable[Step], given: Given, orders: Orders) -> list[dict[str, object]]:
    """The JSON of StepAnswers; ``given`` are the values as first given."""
    return [
        {
            "from": node_answer(step.start, given),
            "to": node_answer(step.end, given),
            **source_answer(step.source, orders),
        }
        for step in steps
    ]


def name(node: Node) -> str:
    """The id of a node."""
    return f"contact:{node}" if isinstance(node, int) else f"{node.kind}:{node.key}"


def node_answer(node: Node, given: Given) -> dict[str, object]:
    """The JSON of a NodeAnswer; ``given`` are the values as first given."""
    if isinstance(node, int):
        return {"id": name(node), "kind": "contact", "contactId": node}
    return {"id": name(node), "kind": str(node.kind), "value": given[node]}


def ends_answer(edge: Edge) -> dict[str, object]:
    """The ids of both ends of an edge."""
    return dict(zip(ENDS, (name(edge.left), name(edge.right)), strict=True))


def source_answer(source: Contact | LiveLink, orders: Orders) -> dict[str, object]:
    """The JSON of a SourceAnswer; ``orders`` are those that brought contacts."""
    if isinstance(source, Contact):
        return {
            "contactId": source.id,
            **order_answer(*orders.get(source.id, (None, None))),
            "createdAt": source.created_at,
        }
    return {
        "linkId": source.id,
        "origin": source.origin,
        "requestId": source.request_id,
        "importId": source.import_id,
        **order_answer(source.external_id, source.source),
        "createdAt": source.created_at,
    }


def order_answer(external_id: str | None, source: str | None) -> dict[str, object]:
    """The order of an import, as it names itself."""
    return {"externalId": external_id, "source": source}


def brought_answer(brought: Brought) -> dict[str, object]:
    """The JSON of a BroughtAnswer."""
    name, id = (
        ("linkId", brought.link_id)
        if brought.contact_id is None
        else ("contactId", brought.contact_id)
    )
    return {name: id, **order_answer(*brought.order)}


def event_answer(event: Event) -> dict[str, object]:
    """The JSON of an EventAnswer."""
    return members(EventAnswer, event)
