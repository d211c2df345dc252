"""The endpoints that read persons: what is known, why, and what happened. Nothing is written."""

from collections.abc import Mapping
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.urls import reverse
from drf_spectacular.utils import OpenApiExample, OpenApiParameter, OpenApiResponse

from reunite.api.http.fields import MAX_ID
from reunite.api.http.json import JSONView, answer, body, query
from reunite.api.http.operation import operation
from reunite.api.http.problems import problems
from reunite.api.persons.answer import person_answer, truncated_answer
from reunite.api.persons.evidence import (
    brought_answer,
    ends_answer,
    event_answer,
    name,
    node_answer,
    order_answer,
    source_answer,
    steps_answer,
)
from reunite.api.persons.serializers import (
    CONTACTS_MAX_PAGE_LENGTH,
    CONTACTS_PAGE_LENGTH,
    ENDS,
    HISTORY_MAX_PAGE_LENGTH,
    HISTORY_PAGE_LENGTH,
    ONE_OF_THREE,
    ContactEnds,
    ContactsAnswer,
    ContactsQuery,
    ExplainAnswer,
    ExplainRequest,
    GraphAnswer,
    HistoryAnswer,
    HistoryQuery,
    ShowPersonAnswer,
)
from reunite.core.errors import FieldError, InvalidRequest
from reunite.core.persons.evidence import Edge
from reunite.services.persons.explain import End, Explained, explain, read_end
from reunite.services.persons.show import (
    ShownContact,
    show_contacts,
    show_evidence,
    show_history,
    show_person,
)

_ID_SCHEMA = {"type": "integer", "minimum": 1, "maximum": MAX_ID}
_ID = OpenApiParameter(
    "id", int, OpenApiParameter.PATH, description="The id of any contact of the person."
)
_LOCATION = OpenApiParameter(
    "Content-Location",
    str,
    OpenApiParameter.HEADER,
    response=[200],
    description="The same under the person's own id, that of its primary.",
)


class PersonView(JSONView):
    """One person."""

    @operation(
        operation_id="showPerson",
        tags=["persons"],
        summary="Everything known about a person",
        description="The id of a secondary, or of an absorbed person, answers with its person.",
        parameters=[_ID, _LOCATION],
        responses={
            200: OpenApiResponse(ShowPersonAnswer, description="The person."),
            **problems(404, 410, 503),
        },
    )
    def get(self, request: HttpRequest, id: int) -> HttpResponse:
        """Show it."""
        found = show_person(id)
        person = found.person
        contacts = [
            _contact_answer(found.contacts[contact.id], person.id) for contact in person.contacts
        ]
        return _located(
            request, "person", person.id, {"contact": person_answer(person), "contacts": contacts}
        )


class ContactsView(JSONView):
    """The contacts of one person."""

    @operation(
        operation_id="listContacts",
        tags=["persons"],
        summary="The contacts of a person, however many, in pages",
        parameters=[
            _ID,
            _LOCATION,
            OpenApiParameter("after", int, default=0, description="A page's `next`."),
            OpenApiParameter(
                "limit",
                int,
                default=CONTACTS_PAGE_LENGTH,
                description=f"At most {CONTACTS_MAX_PAGE_LENGTH}.",
            ),
        ],
        responses={
            200: OpenApiResponse(ContactsAnswer, description="A page of contacts."),
            **problems(400, 404, 410, 503),
        },
    )
    def get(self, request: HttpRequest, id: int) -> HttpResponse:
        """A page of them."""
        page = show_contacts(id, **ContactsQuery().run_validation(query(request)))
        contacts = [_contact_answer(each, page.person_id) for each in page.contacts]
        return _located(
            request,
            "person-contacts",
            page.person_id,
            {"personId": page.person_id, "contacts": contacts, "next": page.next},
        )


class GraphView(JSONView):
    """The evidence of one person."""

    @operation(
        operation_id="showEvidence",
        tags=["persons"],
        summary="What joins the contacts of a person, and what it hangs on",
        description=(
            "Nodes are contacts and identifiers. `bridges` are the nodes and edges without which "
            "the contacts would fall into groups that no evidence joins."
        ),
        parameters=[_ID, _LOCATION],
        responses={
            200: OpenApiResponse(GraphAnswer, description="The evidence."),
            **problems(404, 410, 503),
        },
    )
    def get(self, request: HttpRequest, id: int) -> HttpResponse:
        """Show it."""
        evidence, orders = show_evidence(id)
        person = evidence.person
        bridges = [
            {
                **(ends_answer(each.at) if isinstance(each.at, Edge) else {"node": name(each.at)}),
                "groups": [
                    {"size": group.size, "contactIds": group.contact_ids} for group in each.groups
                ],
            }
            for each in ([] if person.more else evidence.bridges())
        ]
        return _located(
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


class ExplainContactsView(JSONView):
    """Why two contacts are one person."""

    @operation(
        operation_id="explainContacts",
        tags=["persons"],
        summary="The shortest chain of evidence between two contacts of a person",
        parameters=[
            _ID,
            _LOCATION,
            *(OpenApiParameter(each, _ID_SCHEMA, required=True) for each in ENDS),
        ],
        responses={
            200: OpenApiResponse(
                ExplainAnswer, description="The chain, if both are contacts of the person."
            ),
            **problems(400, 404, 409, 410, 503),
        },
    )
    def get(self, request: HttpRequest, id: int) -> HttpResponse:
        """Explain it."""
        wanted = ContactEnds().run_validation(query(request))
        explained = explain(*(wanted[each] for each in ENDS), within=id)
        return _located(
            request, "person-explain", explained.evidence.person.id, _explanation(explained)
        )


class ExplainView(JSONView):
    """Why two identifiers or contacts are one person."""

    @operation(
        operation_id="explain",
        tags=["persons"],
        summary="The shortest chain of evidence between two identifiers or contacts",
        request=ExplainRequest,
        responses={
            200: OpenApiResponse(ExplainAnswer, description="The chain, if they are one person."),
            **problems(400, 404, 409, 410, 413, 415, 422, 503),
        },
        examples=[
            OpenApiExample(
                "An email and a contact",
                request_only=True,
                value={"from": {"email": "lorraine@hillvalley.edu"}, "to": {"contactId": 23}},
            )
        ],
    )
    def post(self, request: HttpRequest) -> HttpResponse:
        """Explain it."""
        wanted = ExplainRequest().run_validation(body(request))
        return answer(_explanation(explain(*(_read_end(each, wanted[each]) for each in ENDS))))


class HistoryView(JSONView):
    """What happened to one person."""

    @operation(
        operation_id="showHistory",
        tags=["persons"],
        summary="What happened to a person, in order",
        description=(
            "Also what happened to the persons that it absorbed, before and after; and the load of "
            "a first file that brought its contacts."
        ),
        parameters=[
            _ID,
            _LOCATION,
            OpenApiParameter("after", int, default=0, description="A page's `next`."),
            OpenApiParameter(
                "limit",
                int,
                default=HISTORY_PAGE_LENGTH,
                description=f"At most {HISTORY_MAX_PAGE_LENGTH}.",
            ),
        ],
        responses={
            200: OpenApiResponse(HistoryAnswer, description="A page of events."),
            **problems(400, 404, 410, 503),
        },
    )
    def get(self, request: HttpRequest, id: int) -> HttpResponse:
        """A page of it."""
        history = show_history(id, **HistoryQuery().run_validation(query(request)))
        events = [
            {
                **event_answer(event),
                "orders": [
                    brought_answer(each) for each in history.brought.get(event.position, ())
                ],
            }
            for event in history.events
        ]
        return _located(
            request,
            "person-history",
            history.person_id,
            {"personId": history.person_id, "events": events, "next": history.next},
        )


def _contact_answer(shown: ShownContact, person_id: int) -> dict[str, object]:
    contact = shown.contact
    is_primary = contact.id == person_id
    return {
        "id": contact.id,
        "email": contact.email,
        "phoneNumber": contact.phone_number,
        "linkedId": None if is_primary else person_id,
        "linkPrecedence": "primary" if is_primary else "secondary",
        "createdAt": contact.created_at,
        "updatedAt": shown.updated_at,
        **order_answer(*shown.order),
    }


def _located(request: HttpRequest, view: str, person_id: int, data: object) -> HttpResponse:
    """An answer that says where it is found under the person's own id."""
    address = reverse(view, args=[person_id])
    parameters = request.META.get("QUERY_STRING")
    return answer(data, Content_Location=f"{address}?{parameters}" if parameters else address)


def _read_end(name: str, given: Mapping[str, Any]) -> End:
    email, phone_number, contact_id = given["email"], given["phoneNumber"], given["contactId"]
    if sum(each is not None for each in (email, phone_number, contact_id)) != 1:
        raise InvalidRequest(FieldError(name, "invalid_end", ONE_OF_THREE))
    if contact_id is not None:
        return int(contact_id)
    try:
        return read_end(email=email, phone_number=phone_number)
    except InvalidRequest as error:
        raise InvalidRequest(
            *(FieldError(f"{name}.{e.field}", e.code, e.detail) for e in error.errors)
        ) from error


def _explanation(explained: Explained) -> dict[str, object]:
    evidence, steps = explained.evidence, explained.steps
    return {
        "personId": evidence.person.id,
        "connected": steps is not None,
        "steps": steps_answer(steps or [], evidence.given, explained.orders),
    }
