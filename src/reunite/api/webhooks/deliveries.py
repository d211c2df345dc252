"""Deliveries: list those of a webhook, replay a range of numbers, attempt dead ones again."""

from django.http import HttpRequest, HttpResponse
from drf_spectacular.utils import OpenApiParameter

from reunite.api.http.fields import Nothing
from reunite.api.http.json import JSONView, answer, body, query
from reunite.api.http.operation import EMPTY_OBJECT, operation
from reunite.api.http.pages import AFTER, PAGE_LENGTH
from reunite.api.http.scope import scope_of
from reunite.api.webhooks.serializers import (
    CountAnswer,
    DeliveriesAnswer,
    DeliveriesQuery,
    ReplayRequest,
    delivery_answer,
)
from reunite.core.access.callers import KeyScope
from reunite.core.webhooks.attempts import DeliveryState
from reunite.services.webhooks.deliveries import (
    MAX_REPLAYED,
    list_deliveries,
    redeliver,
    replay,
)

_ADMIN = (KeyScope.ADMIN,)


class DeliveriesView(JSONView):
    """The deliveries of a webhook."""

    @operation(
        "listDeliveries",
        "List the deliveries of a webhook",
        needs=_ADMIN,
        tag="webhooks",
        description="Deliveries are listed until they are pruned.",
        parameters=[
            AFTER,
            OpenApiParameter(
                "state",
                str,
                enum=[each.value for each in DeliveryState],
                description="Only the deliveries in this state.",
            ),
        ],
        answer=(DeliveriesAnswer, f"Up to {PAGE_LENGTH}, by the number of the event."),
        problems=(404,),
    )
    def get(self, request: HttpRequest, id: int) -> HttpResponse:
        """A page of them."""
        wanted = DeliveriesQuery().run_validation(query(request))
        state = wanted.pop("state")
        found = list_deliveries(
            scope_of(request.META),
            id,
            state=DeliveryState(state) if state else None,
            limit=PAGE_LENGTH,
            **wanted,
        )
        next = found[-1].event.number if len(found) == PAGE_LENGTH else None
        return answer({"deliveries": [*map(delivery_answer, found)], "next": next})


class ReplayView(JSONView):
    """Deliver messages again."""

    @operation(
        "replayEvents",
        "Deliver the messages of a range of numbers again",
        needs=_ADMIN,
        tag="webhooks",
        description=(
            "Delivers the messages again, in any state. Their ids stay the same. Types that the "
            "webhook does not follow are left out, and so are numbers that it has not reached."
        ),
        request=ReplayRequest,
        answer=(CountAnswer, "How many deliveries are attempted again."),
        problems=(404, 413, (410, "The feed does not have these numbers.")),
    )
    def post(self, request: HttpRequest, id: int) -> HttpResponse:
        """Deliver them again."""
        wanted = ReplayRequest().run_validation(body(request))
        return answer({"deliveries": replay(scope_of(request.META), id, **wanted)})


class RedeliverView(JSONView):
    """Attempt dead deliveries again."""

    @operation(
        "redeliverDead",
        "Attempt dead deliveries again",
        needs=_ADMIN,
        tag="webhooks",
        description=f"Up to {MAX_REPLAYED:,} of the first ones at once.",
        request=EMPTY_OBJECT,
        answer=(CountAnswer, "How many deliveries are attempted again."),
        problems=(404, 413),
    )
    def post(self, request: HttpRequest, id: int) -> HttpResponse:
        """Attempt them again."""
        Nothing().run_validation(body(request))
        return answer({"deliveries": redeliver(scope_of(request.META), id)})
