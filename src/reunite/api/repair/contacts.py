"""The endpoint of a contact: delete it."""

from django.http import HttpRequest, HttpResponse

from reunite.api.http.json import JSONView
from reunite.api.http.operation import operation
from reunite.api.http.scope import scope_of
from reunite.api.repair.shared import TAKEN_BACK_RESULT, taken_back
from reunite.core.access.callers import KeyScope
from reunite.services.repair.delete import delete_contact


class ContactView(JSONView):
    """One contact."""

    @operation(
        "deleteContact",
        "Delete a contact",
        needs=(KeyScope.REPAIR,),
        tag="repair",
        description=(
            "The contact matches nothing and is not listed any more. Persons that only this "
            "contact joined part. If it was the primary, the oldest remaining contact takes its "
            "place. If its email and phone number still belong to one person, `connectedBy` says "
            "why."
        ),
        answer=TAKEN_BACK_RESULT,
        problems=(404, 410),
    )
    def delete(self, request: HttpRequest, id: int) -> HttpResponse:
        """Delete it."""
        scope = scope_of(request.META)
        return taken_back(scope, delete_contact(scope, id))
