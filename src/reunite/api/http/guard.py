"""Who may come in, by the settings of the project that installs the app; the service has keys."""

from functools import cache
from typing import Any

from django.conf import settings
from django.utils.module_loading import import_string
from rest_framework.permissions import AllowAny, IsAuthenticated
from rest_framework.views import APIView

_LOGIN_REQUIRED = "django.contrib.auth.middleware.LoginRequiredMiddleware"


class Guarded(APIView):
    """A view that obeys the project's authentication, permissions, throttles and middleware.

    Django REST framework takes its views out of Django's LoginRequiredMiddleware, which knows
    sessions only; where a project has it, a user is demanded here, however authenticated.
    """

    def get_permissions(self) -> list[Any]:
        """The project's, and a user where the middleware demands one."""
        return [*super().get_permissions(), *([IsAuthenticated()] if is_login_required() else [])]

    @classmethod
    def asks_anything(cls) -> bool:
        """Whether there is anything to ask before a request is answered."""
        return bool(cls.authentication_classes or cls.throttle_classes) or cls.is_closed()

    @classmethod
    def is_closed(cls) -> bool:
        """Whether the project restricts who may come in."""
        permissions = {each for each in cls.permission_classes if each is not AllowAny}
        return bool(permissions) or is_login_required()


@cache
def is_login_required() -> bool:
    """Whether Django's LoginRequiredMiddleware, or a subclass, is among the project's."""
    middleware = [import_string(each) for each in settings.MIDDLEWARE]
    # By its name: its module needs an app that not every project has.
    bases = [base for each in middleware for base in getattr(each, "__mro__", ())]
    return any(f"{base.__module__}.{base.__qualname__}" == _LOGIN_REQUIRED for base in bases)
