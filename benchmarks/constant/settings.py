"""The least that Django needs, and what ``reunite serve`` reads."""

from reunite_service.settings import (  # noqa: F401  # for serve()
    ANSWER_TIMEOUT_SECONDS,
    BODY_BYTES_PER_SECOND,
    BODY_TIMEOUT_SECONDS,
    CONNECTIONS,
    HOST,
    METRICS_ADDRESS,
    PATH_PREFIX,
    PORT,
    REUNITE,
    THREADS,
    TRACES,
    WORKERS,
)

SECRET_KEY = "only for measuring on this machine"  # noqa: S105  # nothing is signed with it
ALLOWED_HOSTS = ["127.0.0.1"]
IMPORT_WORKER = False
DATABASES = {"default": {"ENGINE": "django.db.backends.sqlite3", "NAME": ":memory:"}}
ROOT_URLCONF = "benchmarks.constant.urls"
