"""The WSGI application that granian serves."""

import gc
import os

from django import db
from django.core import signals
from django.core.cache import close_caches
from django.core.wsgi import get_wsgi_application
from django.urls import get_resolver

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "reunite_service.settings")

django = get_wsgi_application()
get_resolver().url_patterns  # noqa: B018  # Loads the views now, not with the first request.

# Connections are kept, and ``store`` closes the ones that break: no look at each per request.
signals.request_started.disconnect(db.close_old_connections)
signals.request_finished.disconnect(db.close_old_connections)
# There are no caches to close, and queries are only noted where DEBUG is on.
signals.request_started.disconnect(db.reset_queries)
signals.request_finished.disconnect(close_caches)

from reunite_service.thin import in_front_of  # noqa: E402  # It needs Django to be set up.

application = in_front_of(django)

# What is loaded by now stays: the collector need not look through it again and again.
gc.collect()
gc.freeze()
# The collector looks at what has grown old when that is a quarter of what it kept the last time.
# Without this second time all that is loaded would count, and old garbage stay for good.
gc.collect()
gc.set_threshold(10_000)
