"""The JSON of evidence and events: nodes, edges, the steps of a chain."""

from collections.abc import Iterable, Mapping

from reunite.api.http.pages import members
from reunite.api.persons.serializers import ENDS, EventAnswer
from reunite.core.identifiers.kinds import Identifier
from reunite.core.persons.evidence import Edge, LiveLink, Node, Step
from reunite.core.persons.person import Contact
from reunite.services.persons.show import Brought, Event, Orders

Given = Mapping[Identifier, str | None]


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
