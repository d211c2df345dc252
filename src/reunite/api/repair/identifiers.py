"""The endpoints of identifiers that do not count: retire, restore, list."""

from typing import Any

from rest_framework import serializers

from reunite.api.http.fields import GivenEmail, GivenPhoneNumber
from reunite.api.http.json import JSONView
from reunite.api.http.pages import WHO, members, page_by_get, page_form
from reunite.api.repair.shared import RepairRequest, repair_by_post
from reunite.core.access.callers import KeyScope
from reunite.core.policy.details import Others
from reunite.core.scope import Scope
from reunite.services.repair.edit import Repaired
from reunite.services.repair.retire import ListedRetired, list_retired, restore, retire


class RetireRequest(RepairRequest):
    """One value: an email, a phone number, or one of a declared kind."""

    email = GivenEmail()
    phoneNumber = GivenPhoneNumber(source="phone_number")


class RetiredAnswer(serializers.Serializer[Any]):
    """An identifier that no longer counts."""

    id = serializers.IntegerField()
    kind = serializers.CharField(help_text="email, phone, or a declared kind")
    value = serializers.CharField(help_text="Canonical.")
    origin = serializers.CharField(help_text="operator, or guard for a hub")
    reason = serializers.CharField(allow_blank=True)
    createdAt = serializers.DateTimeField()
    createdBy = serializers.CharField(allow_null=True, help_text=WHO)


RetiredPageAnswer = page_form("RetiredPageAnswer", "identifiers", RetiredAnswer)


def _answer(retired: ListedRetired) -> dict[str, object]:
    identifier = retired.identifier
    return members(RetiredAnswer, retired, kind=str(identifier.kind), value=identifier.key)


_CALL_CENTRE = (
    "A call centre",
    {"phoneNumber": "800500", "reason": "Our own call centre."},
)


def _restore(
    scope: Scope,
    email: str | None,
    phone_number: str | None,
    identifiers: Others,
    reason: str,
    *,
    dry_run: bool,
) -> Repaired:
    """The reason is read and not stored: restoring deletes the row that would hold it."""
    return restore(scope, email, phone_number, identifiers=identifiers, dry_run=dry_run)


class RetireView(JSONView):
    """Stop counting an identifier."""

    post = repair_by_post(
        retire,
        name="retireIdentifier",
        summary="Retire an identifier",
        description=(
            "It matches nothing and joins no persons any more. Persons that only this identifier "
            "joined part. Contacts keep the value as given. Retiring it again changes nothing, and "
            "answers without persons."
        ),
        request=RetireRequest,
        takes_identifiers=True,
        problems=(413,),
        example=_CALL_CENTRE,
    )


class RestoreView(JSONView):
    """Let an identifier count again."""

    post = repair_by_post(
        _restore,
        name="restoreIdentifier",
        summary="Restore an identifier",
        description=(
            "It counts again in the contacts that have it, and joins their persons again, unless a "
            "separation keeps them apart."
        ),
        request=RetireRequest,
        takes_identifiers=True,
        example=_CALL_CENTRE,
    )


class RetiredView(JSONView):
    """The retired identifiers."""

    get = page_by_get(
        list_retired,
        RetiredPageAnswer,
        _answer,
        name="listRetired",
        summary="List retired identifiers",
        needs=(KeyScope.READ,),
        tag="repair",
    )
