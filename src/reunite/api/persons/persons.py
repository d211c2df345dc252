"""The endpoints that read persons: contacts, evidence, history. Nothing is written."""

from collections.abc import Sequence

from django.http import HttpRequest, HttpResponse
from drf_spectacular.utils import OpenApiParameter

from reunite.api.http.json import JSONView, query
from reunite.api.http.operation import operation
from reunite.api.http.scope import scope_of
from reunite.api.persons.answer import (
    CONTENT_LOCATION,
    INCLUDE_IDENTIFIERS,
    PERSON_ID,
    located,
    person_answer,
    truncated_answer,
)
from reunite.api.persons.evidence import (
    GraphAnswer,
    brought_answer,
    ends_answer,
    event_answer,
    name,
    node_answer,
    order_answer,
    source_answer,
)
from reunite.api.persons.serializers import (
    CONTACTS_MAX_PAGE_LENGTH,
    CONTACTS_PAGE_LENGTH,
    HISTORY_MAX_PAGE_LENGTH,
    HISTORY_PAGE_LENGTH,
    ContactsAnswer,
    ContactsQuery,
    HistoryAnswer,
    HistoryQuery,
    PersonQuery,
    ShowPersonAnswer,
)
from reunite.core.access.callers import KeyScope
from reunite.core.identifiers.kinds import KINDS, Kind, Value, others_of
from reunite.core.persons.bridges import by_size
from reunite.core.persons.evidence import Edge
from reunite.services.persons.show import (
    ShownContact,
    show_contacts,
    show_evidence,
    show_history,
    show_person,
)
from reunite.services.persons.standing import Standings


class PersonView(JSONView):
    """One person."""

    @operation(
        "showPerson",
        "Show everything known about a person",
        needs=(KeyScope.READ,),
        tag="persons",
        description="The id of a secondary, or of an absorbed person, answers with its person.",
        parameters=[PERSON_ID, CONTENT_LOCATION, INCLUDE_IDENTIFIERS],
        answer=(ShowPersonAnswer, "The person."),
        problems=(404, 410),
    )
    def get(self, request: HttpRequest, id: int) -> HttpResponse:
        """Show it."""
        scope = scope_of(request.META)
        shown = PersonQuery().run_validation(query(request))["include"] is not None
        found = show_person(scope, id)
        person = found.person
        contacts = [
            _contact_answer(found.contacts[contact.id], person.id, found.standings[contact.id])
            for contact in person.contacts
        ]
        return located(
            request,
            "person",
            person.id,
            {"contact": person_answer(scope, person, shown), "contacts": contacts},
        )


class ContactsView(JSONView):
    """The contacts of one person."""

    @operation(
        "listContacts",
        "List all contacts of a person, in pages",
        needs=(KeyScope.READ,),
        tag="persons",
        parameters=[
            PERSON_ID,
            CONTENT_LOCATION,
            OpenApiParameter("after", int, default=0, description="A page's `next`."),
            OpenApiParameter(
                "limit",
                int,
                default=CONTACTS_PAGE_LENGTH,
                description=f"At most {CONTACTS_MAX_PAGE_LENGTH}.",
            ),
        ],
        answer=(ContactsAnswer, "A page of contacts."),
        problems=(404, 410),
    )
    def get(self, request: HttpRequest, id: int) -> HttpResponse:
        """A page of them."""
        page = show_contacts(
            scope_of(request.META), id, **ContactsQuery().run_validation(query(request))
        )
        contacts = [
            _contact_answer(each, page.person_id, page.standings[each.contact.id])
            for each in page.contacts
        ]
        return located(
            request,
            "person-contacts",
            page.person_id,
            {"personId": page.person_id, "contacts": contacts, "next": page.next},
        )


class GraphView(JSONView):
    """The evidence of one person."""

    @operation(
        "showEvidence",
        "Show the evidence that joins the contacts of a person",
        needs=(KeyScope.READ,),
        tag="persons",
        description=(
            "Nodes are contacts and identifiers. `bridges` are nodes and edges that alone hold the "
            "contacts together: without a bridge they would be groups that no evidence joins."
        ),
        parameters=[PERSON_ID, CONTENT_LOCATION],
        answer=(GraphAnswer, "The evidence."),
        problems=(404, 410),
    )
    def get(self, request: HttpRequest, id: int) -> HttpResponse:
        """Show it."""
        evidence, orders = show_evidence(scope_of(request.META), id)
        person = evidence.person
        bridges = [
            {
                **(ends_answer(each.at) if isinstance(each.at, Edge) else {"node": name(each.at)}),
                "groups": [
                    {"size": group.size, "contactIds": group.contact_ids} for group in each.groups
                ],
            }
            for each in ([] if person.more else by_size(evidence.bridges()))
        ]
        return located(
            request,
            "person-graph",
            person.id,
            {
                "personId": person.id,
                "nodes": [node_answer(node, evidence.given) for node in evidence.nodes],
                "edges": [
                    {**ends_answer(edge), **source_answer(edge.source, orders)}
                    for edge in evidence.edges
                ],
                "bridges": bridges,
                **truncated_answer(person),
            },
        )


class HistoryView(JSONView):
    """The history of one person."""

    @operation(
        "showHistory",
        "List the events of a person, in order",
        needs=(KeyScope.READ,),
        tag="persons",
        description=(
            "With the events of absorbed persons, before and after the merge, and the load of a "
            "first file that brought its contacts."
        ),
        parameters=[
            PERSON_ID,
            CONTENT_LOCATION,
            OpenApiParameter("after", int, default=0, description="A page's `next`."),
            OpenApiParameter(
                "limit",
                int,
                default=HISTORY_PAGE_LENGTH,
                description=f"At most {HISTORY_MAX_PAGE_LENGTH}.",
            ),
        ],
        answer=(HistoryAnswer, "A page of events."),
        problems=(404, 410),
    )
    def get(self, request: HttpRequest, id: int) -> HttpResponse:
        """A page of it."""
        history = show_history(
            scope_of(request.META), id, **HistoryQuery().run_validation(query(request))
        )
        events = [
            {
                **event_answer(event),
                "orders": [
                    brought_answer(each) for each in history.brought.get(event.position, ())
                ],
            }
            for event in history.events
        ]
        return located(
            request,
            "person-history",
            history.person_id,
            {"personId": history.person_id, "events": events, "next": history.next},
        )


def _contact_answer(shown: ShownContact, person_id: int, standings: Standings) -> dict[str, object]:
    contact = shown.contact
    is_primary = contact.id == person_id
    return {
        "id": contact.id,
        **{KINDS[kind].field: contact.given(kind) for kind in Kind},
        "linkedId": None if is_primary else person_id,
        "linkPrecedence": "primary" if is_primary else "secondary",
        "createdAt": contact.created_at,
        "updatedAt": shown.updated_at,
        **order_answer(*shown.order),
        **{f"{KINDS[kind].field}Standing": standings.get(kind) for kind in Kind},
        **_identifiers_answer(contact.values, standings),
    }


def _identifiers_answer(values: Sequence[Value], standings: Standings) -> dict[str, object]:
    """The values of declared kinds, if there are some."""
    others = [
        {"kind": each.kind, "value": each.given, "standing": standings[each.mark]}
        for each in others_of(values)
    ]
    return {"identifiers": others} if others else {}
