"""Reunite with a pause between every decision and its writes, so that what may meet does meet."""

import time

from django.core.wsgi import get_wsgi_application

from reunite.store import plans

PAUSE_SECONDS = 0.05

application = get_wsgi_application()

_apply = plans.apply


def _apply_later(*args, **kwargs):
    time.sleep(PAUSE_SECONDS)
    return _apply(*args, **kwargs)


plans.apply = _apply_later
