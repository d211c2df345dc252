"""Webhooks: create, list, show, change, disable, enable, delete, replace the secret."""

from datetime import timedelta

from django.http import HttpRequest, HttpResponse

from reunite.api.http.fields import Nothing
from reunite.api.http.json import JSONView, answer, body
from reunite.api.http.operation import EMPTY_OBJECT, operation
from reunite.api.http.pages import page_by_get
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
        name="listWebhooks",
        summary="List webhooks",
        needs=_ADMIN,
        tag="webhooks",
        description="The webhooks of the caller's workspace.",
        number=lambda shown: shown.webhook.id,
    )

    @operation(
        "createWebhook",
        "Create a webhook",
        needs=_ADMIN,
        tag="webhooks",
        description=(
            "The receiver gets messages about events from now on. The answer shows the secret "
            "that signs the messages this once."
        ),
        request=CreateWebhookRequest,
        answer=(NewSecretAnswer, "The webhook and its secret."),
        status=201,
        problems=(409, 413),
        example=("Merges", {"url": "https://shop.example/reunite", "types": ["person.merged"]}),
    )
    def post(self, request: HttpRequest) -> HttpResponse:
        """Create it."""
        wanted = CreateWebhookRequest().run_validation(body(request))
        created = create_webhook(scope_of(request.META), wanted["url"], wanted["types"])
        return answer(new_secret_answer(created), status=201)


class WebhookView(JSONView):
    """One webhook."""

    @operation(
        "showWebhook",
        "Show a webhook",
        needs=_ADMIN,
        tag="webhooks",
        answer=(WebhookAnswer, "The webhook."),
        problems=(404,),
    )
    def get(self, request: HttpRequest, id: int) -> HttpResponse:
        """Show it."""
        return answer(webhook_answer(show_webhook(scope_of(request.META), id)))

    @operation(
        "changeWebhook",
        "Change a webhook",
        needs=_ADMIN,
        tag="webhooks",
        description="Messages that wait go to the new URL.",
        request=ChangeWebhookRequest,
        answer=(WebhookAnswer, "The webhook."),
        problems=(404, 413),
    )
    def patch(self, request: HttpRequest, id: int) -> HttpResponse:
        """Change it."""
        wanted = ChangeWebhookRequest().run_validation(body(request))
        return answer(webhook_answer(change_webhook(scope_of(request.META), id, **wanted)))

    @operation(
        "deleteWebhook",
        "Delete a webhook",
        needs=_ADMIN,
        tag="webhooks",
        description="The deliveries that wait are deleted, too.",
        answer=(WebhookAnswer, "The webhook as it was."),
        problems=(404,),
    )
    def delete(self, request: HttpRequest, id: int) -> HttpResponse:
        """Delete it."""
        scope = scope_of(request.META)
        shown = show_webhook(scope, id)
        delete_webhook(scope, id)
        return answer(webhook_answer(shown))


class DisableWebhookView(JSONView):
    """Stop the messages of a webhook."""

    @operation(
        "disableWebhook",
        "Disable a webhook",
        needs=_ADMIN,
        tag="webhooks",
        description="Its receiver gets no messages until the webhook is enabled.",
        request=EMPTY_OBJECT,
        answer=(WebhookAnswer, "The webhook."),
        problems=(404, 413),
    )
    def post(self, request: HttpRequest, id: int) -> HttpResponse:
        """Disable it."""
        Nothing().run_validation(body(request))
        return answer(webhook_answer(disable_webhook(scope_of(request.META), id)))


class EnableWebhookView(JSONView):
    """Continue the messages of a webhook."""

    @operation(
        "enableWebhook",
        "Enable a webhook",
        needs=_ADMIN,
        tag="webhooks",
        description="It goes on where it stopped: its receiver gets all messages since.",
        request=EMPTY_OBJECT,
        answer=(WebhookAnswer, "The webhook."),
        problems=(404, 413),
    )
    def post(self, request: HttpRequest, id: int) -> HttpResponse:
        """Enable it."""
        Nothing().run_validation(body(request))
        return answer(webhook_answer(enable_webhook(scope_of(request.META), id)))


class RotateSecretView(JSONView):
    """Replace the secret of a webhook."""

    @operation(
        "rotateWebhookSecret",
        "Replace the secret of a webhook",
        needs=_ADMIN,
        tag="webhooks",
        description=(
            "Messages are signed with both secrets, until the earlier one expires. "
            "The answer shows the new secret this once."
        ),
        request=RotateSecretRequest,
        answer=(NewSecretAnswer, "The webhook and its new secret."),
        problems=(404, 413),
    )
    def post(self, request: HttpRequest, id: int) -> HttpResponse:
        """Replace it."""
        wanted = RotateSecretRequest().run_validation(body(request))
        overlap = timedelta(hours=wanted["overlapHours"])
        return answer(new_secret_answer(rotate_secret(scope_of(request.META), id, overlap=overlap)))
