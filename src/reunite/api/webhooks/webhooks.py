"""Webhooks: create, list, show, change, disable, enable, delete, replace the secret."""

from datetime import timedelta

from django.http import HttpRequest, HttpResponse
from drf_spectacular.utils import OpenApiExample, OpenApiResponse

from reunite.api.http.fields import Nothing
from reunite.api.http.json import JSONView, answer, body
from reunite.api.http.operation import EMPTY_OBJECT, operation
from reunite.api.http.pages import page_by_get
from reunite.api.http.problems import problems
from reunite.api.http.scope import scope_of
from reunite.api.webhooks.serializers import (
    ChangeWebhookRequest,
    CreateWebhookRequest,
    NewSecretAnswer,
    RotateSecretRequest,
    WebhookAnswer,
    WebhooksAnswer,
    new_secret_answer,
    webhook_answer,
)
from reunite.core.access.callers import KeyScope
from reunite.services.webhooks.webhooks import (
    change_webhook,
    create_webhook,
    delete_webhook,
    disable_webhook,
    enable_webhook,
    list_webhooks,
    rotate_secret,
    show_webhook,
)

_ADMIN = (KeyScope.ADMIN,)


class WebhooksView(JSONView):
    """The webhooks of the workspace."""

    get = page_by_get(
        list_webhooks,
        WebhooksAnswer,
        webhook_answer,
        needs=_ADMIN,
        operation_id="listWebhooks",
        tags=["webhooks"],
        summary="List webhooks",
        description="Of the workspace of the caller.",
        number=lambda shown: shown.webhook.id,
    )

    @operation(
        needs=_ADMIN,
        operation_id="createWebhook",
        tags=["webhooks"],
        summary="Create a webhook",
        description=(
            "The receiver is told of events that happen from now on. The answer shows the secret "
            "that signs the messages this once."
        ),
        request=CreateWebhookRequest,
        responses={
            201: OpenApiResponse(NewSecretAnswer, description="The webhook and its secret."),
            **problems(409, 413),
        },
        examples=[
            OpenApiExample(
                "Merges",
                request_only=True,
                value={"url": "https://shop.example/reunite", "types": ["person.merged"]},
            )
        ],
    )
    def post(self, request: HttpRequest) -> HttpResponse:
        """Create it."""
        wanted = CreateWebhookRequest().run_validation(body(request))
        created = create_webhook(scope_of(request.META), wanted["url"], wanted["types"])
        return answer(new_secret_answer(created), status=201)


class WebhookView(JSONView):
    """One webhook."""

    @operation(
        needs=_ADMIN,
        operation_id="showWebhook",
        tags=["webhooks"],
        summary="Show a webhook",
        responses={
            200: OpenApiResponse(WebhookAnswer, description="The webhook."),
            **problems(404),
        },
    )
    def get(self, request: HttpRequest, id: int) -> HttpResponse:
        """Show it."""
        return answer(webhook_answer(show_webhook(scope_of(request.META), id)))

    @operation(
        needs=_ADMIN,
        operation_id="changeWebhook",
        tags=["webhooks"],
        summary="Change a webhook",
        description="Messages that wait go to the new URL.",
        request=ChangeWebhookRequest,
        responses={
            200: OpenApiResponse(WebhookAnswer, description="The webhook."),
            **problems(404, 413),
        },
    )
    def patch(self, request: HttpRequest, id: int) -> HttpResponse:
        """Change it."""
        wanted = ChangeWebhookRequest().run_validation(body(request))
        return answer(webhook_answer(change_webhook(scope_of(request.META), id, **wanted)))

    @operation(
        needs=_ADMIN,
        operation_id="deleteWebhook",
        tags=["webhooks"],
        summary="Delete a webhook",
        description="With the deliveries that wait.",
        responses={
            200: OpenApiResponse(WebhookAnswer, description="The webhook as it was."),
            **problems(404),
        },
    )
    def delete(self, request: HttpRequest, id: int) -> HttpResponse:
        """Delete it."""
        scope = scope_of(request.META)
        shown = show_webhook(scope, id)
        delete_webhook(scope, id)
        return answer(webhook_answer(shown))


class DisableWebhookView(JSONView):
    """A webhook to be told of nothing."""

    @operation(
        needs=_ADMIN,
        operation_id="disableWebhook",
        tags=["webhooks"],
        summary="Disable a webhook",
        description="Its receiver is told of nothing until the webhook is enabled.",
        request=EMPTY_OBJECT,
        responses={
            200: OpenApiResponse(WebhookAnswer, description="The webhook."),
            **problems(404, 413),
        },
    )
    def post(self, request: HttpRequest, id: int) -> HttpResponse:
        """Disable it."""
        Nothing().run_validation(body(request))
        return answer(webhook_answer(disable_webhook(scope_of(request.META), id)))


class EnableWebhookView(JSONView):
    """A webhook to go on."""

    @operation(
        needs=_ADMIN,
        operation_id="enableWebhook",
        tags=["webhooks"],
        summary="Enable a webhook",
        description="It goes on where it stopped: its receiver is told of all that was kept.",
        request=EMPTY_OBJECT,
        responses={
            200: OpenApiResponse(WebhookAnswer, description="The webhook."),
            **problems(404, 413),
        },
    )
    def post(self, request: HttpRequest, id: int) -> HttpResponse:
        """Enable it."""
        Nothing().run_validation(body(request))
        return answer(webhook_answer(enable_webhook(scope_of(request.META), id)))


class RotateSecretView(JSONView):
    """A webhook to get a new secret."""

    @operation(
        needs=_ADMIN,
        operation_id="rotateWebhookSecret",
        tags=["webhooks"],
        summary="Replace the secret of a webhook",
        description=(
            "Messages are signed with the new secret and the one before, until that one expires. "
            "The answer shows the new secret this once."
        ),
        request=RotateSecretRequest,
        responses={
            200: OpenApiResponse(NewSecretAnswer, description="The webhook and its new secret."),
            **problems(404, 413),
        },
    )
    def post(self, request: HttpRequest, id: int) -> HttpResponse:
        """Replace it."""
        wanted = RotateSecretRequest().run_validation(body(request))
        overlap = timedelta(hours=wanted["overlapHours"])
        return answer(new_secret_answer(rotate_secret(scope_of(request.META), id, overlap=overlap)))
