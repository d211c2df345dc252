"""The least that Django needs, and what ``reunite serve`` reads."""

from reunite_service.settings import HOST, PORT, WORKERS  # noqa: F401  # read by the server

SECRET_KEY = "only for measuring on this machine"  # noqa: S105
ALLOWED_HOSTS = ["127.0.0.1"]
DATABASES = {"default": {"ENGINE": "django.db.backends.sqlite3", "NAME": ":memory:"}}
ROOT_URLCONF = "benchmarks.constant.urls"
