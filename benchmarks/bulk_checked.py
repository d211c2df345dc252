"""``reunite check`` of the contacts that a load left."""

import os
import time


def check_all(_orders: str) -> object:
    """Compare all persons with their evidence: violations, and contacts a second."""
    import django

    os.environ["DJANGO_SETTINGS_MODULE"] = "reunite_service.settings"
    django.setup()
    from reunite.services.audit.check import check

    read = 0

    def note(contacts: int) -> None:
        nonlocal read
        read = contacts

    begun = time.monotonic()
    violations = sum(1 for _ in check(on_progress=note))
    return violations, round(read / (time.monotonic() - begun))
