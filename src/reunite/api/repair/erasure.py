"""The endpoints of a data subject's rights: export and erase a person."""

from collections.abc import Mapping
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from rest_framework import serializers

from reunite.api.http.fields import Body, Flag, refuse_misspelt, refuse_unknown
from reunite.api.http.json import JSONView, answer, body
from reunite.api.http.long_answers import long_answer
from reunite.api.http.operation import operation
from reunite.api.http.pages import members
from reunite.api.http.scope import scope_of
from reunite.api.persons.evidence import event_answer
from reunite.api.persons.serializers import EventAnswer
from reunite.api.repair.shared import UndoAnswer
from reunite.core.access.callers import KeyScope
from reunite.core.identifiers.kinds import KINDS, Kind, given_in, key_in, others_of
from reunite.core.persons.person import End
from reunite.core.repair.erasure import Remaining
from reunite.services.persons.export import Exported, export
from reunite.services.repair.erase import erase


class EraseRequest(Body):
    """Whether the request is a dry run. Erasing cannot be undone, so any other field is refused."""

    dryRun = Flag(
        source="dry_run",
        default=False,
        help_text="Erase nothing: the answer says which contacts would be erased.",
    )

    def to_internal_value(self, data: Any) -> Any:
        """The value of the one field."""
        if isinstance(data, Mapping):
            refuse_misspelt(data, self.fields.keys())
            refuse_unknown(data, self.fields.keys(), "Send dryRun or no field.")
        return super().to_internal_value(data)


class ErasedAnswer(serializers.Serializer[Any]):
    """The result of erasing."""

    erasedContactIds = serializers.ListField(
        child=serializers.IntegerField(), help_text="Their ids answer 410 from now on."
    )
    remaining = serializers.ListField(
        child=serializers.ChoiceField(choices=[each.value for each in Remaining]),
        help_text="The places where the database keeps old values for a while.",
    )
    undo = UndoAnswer(allow_null=True, help_text="Always null: erasing cannot be undone.")


class KeptIdentifierAnswer(serializers.Serializer[Any]):
    """A value of a declared kind."""

    kind = serializers.CharField()
    value = serializers.CharField(help_text="As given.")
    key = serializers.CharField(allow_null=True, help_text="Canonical; null if it does not count.")


class KeptContactAnswer(serializers.Serializer[Any]):
    """A row of the contact table."""

    id = serializers.IntegerField()
    email = serializers.CharField(allow_null=True)
    phoneNumber = serializers.CharField(allow_null=True)
    emailKey = serializers.CharField(allow_null=True)
    phoneKey = serializers.CharField(allow_null=True)
    linkedId = serializers.IntegerField(allow_null=True)
    linkPrecedence = serializers.ChoiceField(choices=["primary", "secondary"])
    createdAt = serializers.DateTimeField()
    updatedAt = serializers.DateTimeField()
    deletedAt = serializers.DateTimeField(allow_null=True)
    externalId = serializers.CharField(allow_null=True)
    source = serializers.CharField(allow_null=True)  # type: ignore[assignment]  # A column's name.
    identifiers = KeptIdentifierAnswer(
        many=True, required=False, help_text="The values of declared kinds, if there are some."
    )


class IdentifierAnswer(serializers.Serializer[Any]):
    """A canonical value."""

    kind = serializers.CharField(help_text="email, phone, or a declared kind")
    value = serializers.CharField()


class EndAnswer(IdentifierAnswer):
    """An end of a link."""

    kind = serializers.CharField(help_text="email or phone; contact, with its id as the value")


class KeptLinkAnswer(serializers.Serializer[Any]):
    """A row of the link table."""

    id = serializers.IntegerField()
    left = EndAnswer(allow_null=True, help_text="Null if it belongs to another person.")
    right = EndAnswer(allow_null=True, help_text="Null if it belongs to another person.")
    origin = serializers.ChoiceField(choices=["request", "operator"])
    state = serializers.CharField()
    heldFor = serializers.CharField(allow_null=True)
    reason = serializers.CharField(allow_blank=True)
    requestId = serializers.CharField(allow_null=True)
    importId = serializers.IntegerField(allow_null=True)
    externalId = serializers.CharField(allow_null=True)
    source = serializers.CharField(allow_null=True)  # type: ignore[assignment]  # A column's name.
    createdAt = serializers.DateTimeField()
    decidedAt = serializers.DateTimeField(allow_null=True)
    decidedBy = serializers.CharField(allow_null=True)
    deferredAt = serializers.DateTimeField(allow_null=True)
    deferredBy = serializers.CharField(allow_null=True)


class KeptSeparationAnswer(serializers.Serializer[Any]):
    """A row of the separation table."""

    id = serializers.IntegerField()
    contactIds = serializers.ListField(child=serializers.IntegerField())
    reason = serializers.CharField(allow_blank=True)
    createdAt = serializers.DateTimeField()
    createdBy = serializers.CharField(allow_null=True)


class KeptWithheldAnswer(serializers.Serializer[Any]):
    """A row of the withheld table."""

    contactId = serializers.IntegerField()
    kind = serializers.CharField(help_text="email, phone, or a declared kind")
    value = serializers.CharField(required=False, help_text="As given, of a declared kind.")
    createdAt = serializers.DateTimeField()


class KeptRetiredAnswer(IdentifierAnswer):
    """A row of the retired table."""

    origin = serializers.CharField(help_text="operator or guard")
    reason = serializers.CharField(allow_blank=True)
    createdAt = serializers.DateTimeField()


class ExportAnswer(serializers.Serializer[Any]):
    """Everything that is kept about a person."""

    personId = serializers.IntegerField()
    contacts = KeptContactAnswer(many=True, help_text="Oldest first; deleted ones, too.")
    links = KeptLinkAnswer(many=True, help_text="Of all states.")
    separations = KeptSeparationAnswer(many=True)
    withheld = KeptWithheldAnswer(many=True)
    retired = KeptRetiredAnswer(many=True)
    events = EventAnswer(many=True)


class ExportView(JSONView):
    """Everything about a person."""

    @operation(
        "exportPerson",
        "Export everything that is kept about a person",
        needs=(KeyScope.READ,),
        tag="persons",
        description="As JSON, to give to the person. Data of other persons are left out.",
        answer=(ExportAnswer, "Everything."),
        problems=(404, 410),
    )
    def get(self, request: HttpRequest, id: int) -> HttpResponseBase:
        """Export it."""
        return export(
            scope_of(request.META), id, lambda exported: long_answer(_export_answer(exported))
        )


class EraseView(JSONView):
    """Erase a person."""

    @operation(
        "erasePerson",
        "Erase a person",
        needs=(KeyScope.REPAIR,),
        tag="repair",
        description=(
            "Removes the person's emails and phone numbers from all tables, deleted contacts "
            "included; the ids answer 410, `person_erased`. The id of a deleted contact erases "
            "that contact. Erasing cannot be undone."
        ),
        request=EraseRequest,
        answer=(ErasedAnswer, "The contacts that are erased, or would be."),
        problems=(404, 409, 410, 413),
    )
    def post(self, request: HttpRequest, id: int) -> HttpResponse:
        """Erase it."""
        wanted = EraseRequest().run_validation(body(request))
        erased = erase(scope_of(request.META), id, **wanted)
        return answer(
            {
                "erasedContactIds": erased.contact_ids,
                "remaining": erased.remaining,
                "undo": None,
            }
        )


def _export_answer(exported: Exported) -> dict[str, object]:
    """The members of an ExportAnswer; what may be long comes item by item."""
    return {
        "personId": exported.person_id,
        "contacts": map(_contact, exported.contacts),
        "links": (_link(exported, each) for each in exported.links),
        "separations": (
            members(
                KeptSeparationAnswer,
                each,
                id=each.separation.id,
                contactIds=[each.separation.left_id, each.separation.right_id],
            )
            for each in exported.separations
        ),
        "withheld": map(_withheld, exported.withheld),
        "retired": (
            members(
                KeptRetiredAnswer,
                each,
                kind=str(each.identifier.kind),
                value=each.identifier.key,
            )
            for each in exported.retired
        ),
        "events": map(event_answer, exported.events),
    }


def _contact(contact: Any) -> dict[str, object]:
    values = contact.values
    declared = [
        {"kind": each.kind, "value": each.given, "key": each.key} for each in others_of(values)
    ]
    return members(
        KeptContactAnswer,
        contact,
        **{KINDS[kind].field: given_in(values, kind) for kind in Kind},
        **{f"{kind}Key": key_in(values, kind) for kind in Kind},
        **({"identifiers": declared} if declared else {}),
    )


def _link(exported: Exported, kept: Any) -> dict[str, object]:
    return members(
        KeptLinkAnswer,
        kept.known.link,
        left=_end(exported.shown(kept.known.link.left)),
        right=_end(exported.shown(kept.known.link.right)),
        state=kept.known.state.value,
        heldFor=kept.held_for,
        reason=kept.reason,
        decidedAt=kept.decided_at,
        decidedBy=kept.decided_by,
        deferredAt=kept.deferred_at,
        deferredBy=kept.deferred_by,
    )


def _withheld(kept: Any) -> dict[str, object]:
    declared = {} if isinstance(kept.mark, str) else {"value": kept.mark[1]}
    return members(KeptWithheldAnswer, kept, kind=str(kept.kind), **declared)


def _end(end: End | None) -> dict[str, str] | None:
    if end is None:
        return None
    if isinstance(end, int):
        return {"kind": "contact", "value": str(end)}
    return {"kind": str(end.kind), "value": end.key}
