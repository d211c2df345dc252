"""Django settings, from the environment alone; docs/reference/settings.md lists the variables.

Without any, a clone runs on an embedded SQLite file.
"""

import os
from ipaddress import ip_address
from math import ceil
from pathlib import Path
from typing import Any

import dj_database_url
from django.core.exceptions import ImproperlyConfigured
from django.core.management.utils import get_random_secret_key
from environs import Env, validate

from reunite import __version__
from reunite.core.identifiers.kinds import Ignored, Standing
from reunite.core.identify.plan import HoldReason
from reunite_service.variables import allowed_hosts, listed, require_named

env = Env()


def _secret(name: str, value: str, file: str) -> str:
    """A secret in one of two variables: the secret itself, or the name of its file."""
    if value and file:
        raise ImproperlyConfigured(f"{name} and {name}_FILE are both set: set one of them")
    if not file:
        return value
    try:
        return Path(file).read_text().strip()
    except (OSError, UnicodeDecodeError) as error:
        reason = getattr(error, "strerror", None) or "it is no text"
        raise ImproperlyConfigured(f"{name}_FILE cannot be read: {reason}") from None


def _is_loopback(host: str) -> bool:
    """Whether only this machine reaches the address."""
    try:
        return ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"


def _address(text: str) -> tuple[str, int] | None:
    """An IP address and a port, like 127.0.0.1:9100 or [::1]:9100."""
    host, _, port = text.rpartition(":")
    try:
        return str(ip_address(host.removeprefix("[").removesuffix("]"))), int(port)
    except ValueError:
        if not text:
            return None
        raise ImproperlyConfigured(
            "METRICS_ADDRESS is no address: write one like 127.0.0.1:9100"
        ) from None


HOST = env.str("HOST", "127.0.0.1")
PORT = env.int("PORT", 8000)
WORKERS = env.int("WORKERS", os.cpu_count() or 1, validate=validate.Range(min=1))
METRICS_ADDRESS = _address(env.str("METRICS_ADDRESS", ""))
if METRICS_ADDRESS == (HOST, PORT):
    raise ImproperlyConfigured("METRICS_ADDRESS is the address of the server: name another port")
CONNECTIONS = env.int("CONNECTIONS", 2048, validate=validate.Range(min=16))

PATH_PREFIX = env.str(
    "PATH_PREFIX",
    "",
    validate=validate.Regexp(
        r"(/[A-Za-z0-9._~-]+)*\Z", error="write it like /reunite, without a slash at the end"
    ),
)
# Links then begin with it; ``http/wsgi.py`` takes it off the paths that are asked for.
FORCE_SCRIPT_NAME = PATH_PREFIX or None

DEBUG = False
# It signs the sessions of the explorer. With a random key, sessions end with the server.
SECRET_KEY = (
    _secret("SECRET_KEY", env.str("SECRET_KEY", ""), env.str("SECRET_KEY_FILE", ""))
    or get_random_secret_key()
)
ALLOWED_HOSTS = allowed_hosts(
    env.str("ALLOWED_HOSTS", ""), ["127.0.0.1", "localhost", "[::1]", HOST]
)

INSTALLED_APPS = [
    "django.contrib.staticfiles",
    "rest_framework",
    "drf_spectacular",
    "drf_spectacular_sidecar",
    "django_htmx",
    "reunite",
    "reunite.explorer",
]
MIDDLEWARE = [
    "reunite_service.middleware.boundary",
    "whitenoise.middleware.WhiteNoiseMiddleware",
]
ROOT_URLCONF = "reunite_service.urls"
CSRF_FAILURE_VIEW = "reunite.explorer.http.page.refused_form"
CSRF_COOKIE_SAMESITE = "Strict"
CSRF_COOKIE_HTTPONLY = True
# Other applications of the same host have cookies of Django's usual name.
CSRF_COOKIE_NAME = "reunite_csrf"
CSRF_COOKIE_PATH = f"{PATH_PREFIX}/"
WSGI_APPLICATION = "reunite_service.wsgi.application"
TEMPLATES = [
    {"BACKEND": "django.template.backends.django.DjangoTemplates", "APP_DIRS": True},
]

_LOCK_TIMEOUT_SECONDS = env.float(
    "LOCK_TIMEOUT_SECONDS", 5.0, validate=validate.Range(min=0, min_inclusive=False)
)
# A lost network is noticed, by commands too, when nothing comes for about half a minute.
_KEPT_ALIVE: dict[str, dict[str, object]] = {
    "django.db.backends.postgresql": {
        "keepalives_idle": 15,
        "keepalives_interval": 5,
        "keepalives_count": 3,
        "tcp_user_timeout": 30_000,
    }
}
_DATABASE_OPTIONS: dict[str, dict[str, object]] = {
    "django.db.backends.sqlite3": {
        # Every commit is on the disk before it is answered (docs/explanation/concurrency.md).
        "init_command": "PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL",
    },
    "django.db.backends.postgresql": {
        # Whole seconds, and two at least.
        "connect_timeout": max(2, min(5, ceil(_LOCK_TIMEOUT_SECONDS))),
        "application_name": "reunite",
    },
}
_database_url = (
    _secret("DATABASE_URL", env.str("DATABASE_URL", ""), env.str("DATABASE_URL_FILE", ""))
    or f"sqlite:///{Path('reunite.sqlite3').resolve()}"
)
try:
    _database: dict[str, Any] = {**dj_database_url.parse(_database_url)}
    require_named(_database_url, _database)
    _engine = _database["ENGINE"]
    _database["OPTIONS"] = {
        **_KEPT_ALIVE.get(_engine, {}),
        **_database.get("OPTIONS", {}),
        **_DATABASE_OPTIONS[_engine],
    }
except (ValueError, KeyError):
    # The URL itself stays out of the message: it may hold a password.
    raise ImproperlyConfigured(
        "DATABASE_URL is not understood: use one like sqlite:///reunite.sqlite3 or "
        "postgresql://user:password@host/name"
    ) from None
_database["CONN_MAX_AGE"] = None
# While a request waits for a lock or for a commit, others work. On PostgreSQL many commits share
# one wait for the disk; on SQLite one waits for the other, and many waiters only delay each other.
# Two servers with the defaults fit into the 100 connections that PostgreSQL has by default.
_threads = {
    "django.db.backends.sqlite3": 2,
    "django.db.backends.postgresql": max(2, min(8, 40 // WORKERS)),
}
THREADS = env.int("THREADS", _threads[_engine], validate=validate.Range(min=1))
DATABASES = {"default": _database}
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"

USE_TZ = True
TIME_ZONE = "UTC"
USE_I18N = False

STATIC_URL = f"{PATH_PREFIX}/static/"
# Static files are served from where they are installed: there is nothing to collect.
WHITENOISE_USE_FINDERS = True
WHITENOISE_ALLOW_ALL_ORIGINS = False
_SECONDS = validate.Range(min=0.001, max=86_400)
BODY_TIMEOUT_SECONDS = env.float("BODY_TIMEOUT_SECONDS", 10.0, validate=_SECONDS)
BODY_BYTES_PER_SECOND = env.int("BODY_BYTES_PER_SECOND", 4096, validate=validate.Range(min=1))
ANSWER_TIMEOUT_SECONDS = env.float("ANSWER_TIMEOUT_SECONDS", 30.0, validate=_SECONDS)
# The page of a repair has a field for each of the contacts that it lists.
DATA_UPLOAD_MAX_NUMBER_FIELDS = 2_000
DATA_UPLOAD_MAX_MEMORY_SIZE = env.int("MAX_BODY_BYTES", 1024 * 1024, validate=validate.Range(min=1))

REST_FRAMEWORK: dict[str, object] = {
    "DEFAULT_AUTHENTICATION_CLASSES": [],
    "DEFAULT_PERMISSION_CLASSES": [],
    "DEFAULT_SCHEMA_CLASS": "drf_spectacular.openapi.AutoSchema",
    "UNAUTHENTICATED_USER": None,
}

SILENCED_SYSTEM_CHECKS = [
    # The service lets keys in (api/http/access.py), and is open on loopback alone.
    "reunite.W001",
    # The pages of the explorer have their own protection, and ``boundary`` sends the headers of
    # all answers.
    *("security.W001", "security.W002", "security.W003"),
]

SPECTACULAR_SETTINGS = {
    "TITLE": "Reunite",
    "DESCRIPTION": "Answers which person contact details belong to.",
    "VERSION": __version__,
    "LICENSE": {"name": "Apache-2.0"},
    "OAS_VERSION": "3.1.0",
    "SERVERS": [
        {"url": f"{PATH_PREFIX}/", "description": "The server that the document comes from."}
    ],
    "SWAGGER_UI_DIST": "SIDECAR",
    "SWAGGER_UI_FAVICON_HREF": "SIDECAR",
    "ENUM_NAME_OVERRIDES": {
        "IdentifierKindEnum": ["email", "phone"],
        "IgnoredEnum": [each.value for each in Ignored],
        "HoldReasonEnum": [each.value for each in HoldReason],
        "StandingEnum": [each.value for each in Standing],
    },
}

_UNITS = {"MB": 1024**2, "GB": 1024**3, "TB": 1024**4}
_IMPORT_MEMORY_MIN = 512 * 1024**2


def _memory_bytes(text: str) -> int:
    number, unit = text.strip()[:-2].strip(), text.strip()[-2:].upper()
    if not (number.isascii() and number.isdecimal() and unit in _UNITS):
        raise ImproperlyConfigured(
            "IMPORT_MEMORY is no amount of memory: write one like 2GB or 512MB"
        )
    if (size := int(number) * _UNITS[unit]) < _IMPORT_MEMORY_MIN:
        raise ImproperlyConfigured("IMPORT_MEMORY is too little: give at least 512MB")
    return size


_PER_SECOND = validate.Range(min=0, max=1e9)
# A first try on loopback has no limits.
_requests, _rows = (0, 0) if _is_loopback(HOST) else (1_000, 10_000)
_RETENTION_DAYS = {"validate": validate.Range(min=1, max=36_500)}

IMPORT_WORKER = env.bool("IMPORT_WORKER", True)
# Beside an embedded database: no other server has its uploads.
_import_folder = (
    f"{_database['NAME']}-imports" if "sqlite3" in _database["ENGINE"] else "reunite-imports"
)
# A database that servers on several machines share cannot have its key in a file of one of them.
_erasure_key_file = f"{_database['NAME']}-erasure-key" if "sqlite3" in _database["ENGINE"] else ""

PROXY_AUTHENTICATES = env.bool("PROXY_AUTHENTICATES", False)

REUNITE: dict[str, object] = {
    "ANSWER_MAX_CONTACTS": env.int("ANSWER_MAX_CONTACTS", 1_000, validate=validate.Range(min=1)),
    "BOOTSTRAP_KEY": _secret(
        "REUNITE_BOOTSTRAP_KEY",
        env.str("REUNITE_BOOTSTRAP_KEY", ""),
        env.str("REUNITE_BOOTSTRAP_KEY_FILE", ""),
    ),
    "DEFAULT_REGION": env.str("DEFAULT_REGION", "") or None,
    "DELIVERY_RETENTION_DAYS": env.int("DELIVERY_RETENTION_DAYS", 30, **_RETENTION_DAYS),
    "ERASURE_KEY": env.str("ERASURE_KEY", ""),
    "ERASURE_KEY_FILE": env.str("ERASURE_KEY_FILE", _erasure_key_file),
    "ERASURE_KEYS_BEFORE": listed(env.str("ERASURE_KEYS_BEFORE", "")),
    "EXPLORER_OPEN": _is_loopback(HOST) or PROXY_AUTHENTICATES,
    "EVENT_RETENTION_DAYS": env.int("EVENT_RETENTION_DAYS", None, **_RETENTION_DAYS),
    "IMPORT_FOLDER": env.str("IMPORT_FOLDER", _import_folder),
    "IMPORT_MAX_BYTES": env.int("IMPORT_MAX_BYTES", 10 * 1024**3, validate=validate.Range(min=1)),
    "IMPORT_MEMORY": _memory_bytes(env.str("IMPORT_MEMORY", "2GB")),
    "IMPORT_RETENTION_DAYS": env.int("IMPORT_RETENTION_DAYS", None, **_RETENTION_DAYS),
    "LOCK_TIMEOUT_SECONDS": _LOCK_TIMEOUT_SECONDS,
    "METRICS_ON_PORT": METRICS_ADDRESS is None,
    "REFUSED_RETENTION_DAYS": env.int("REFUSED_RETENTION_DAYS", 30, **_RETENTION_DAYS),
    # Each process counts for itself.
    "REQUESTS_PER_SECOND": env.float("REQUESTS_PER_SECOND", _requests, validate=_PER_SECOND)
    / WORKERS,
    "ROWS_PER_SECOND": env.float("ROWS_PER_SECOND", _rows, validate=_PER_SECOND) / WORKERS,
    # Other machines must not reach a server that asks for no key.
    "OPEN_WITHOUT_KEYS": _is_loopback(HOST) or PROXY_AUTHENTICATES,
    "SEND_MISSPELT_PRIMARY_ID": env.bool("SEND_MISSPELT_PRIMARY_ID", True),
    "WEBHOOK_KEY": _secret(
        "WEBHOOK_KEY", env.str("WEBHOOK_KEY", ""), env.str("WEBHOOK_KEY_FILE", "")
    ),
    "WEBHOOK_KEYS_BEFORE": listed(env.str("WEBHOOK_KEYS_BEFORE", "")),
    "WEBHOOK_NETWORKS": listed(
        env.str("WEBHOOK_NETWORKS", "127.0.0.0/8,::1/128" if _is_loopback(HOST) else "")
    ),
}

TRACES = env.str(
    "OTEL_TRACES_EXPORTER", "none", validate=validate.OneOf(["none", "otlp", "console"])
)
LOG_FORMAT = env.str("LOG_FORMAT", "text", validate=validate.OneOf(["text", "json"]))
LOGGING = {
    "version": 1,
    "disable_existing_loggers": False,
    "filters": {"answered_only": {"()": "reunite_service.logs.AnsweredOnly"}},
    "formatters": {
        "without_values": {
            "()": "reunite_service.logs.WithoutValues",
            "format": "%(asctime)s %(levelname)s %(name)s: %(message)s",
        },
        "json": {"()": "reunite_service.logs.AsJSON", "format": "%(message)s"},
    },
    "handlers": {
        "stderr": {
            "class": "logging.StreamHandler",
            "formatter": {"text": "without_values", "json": "json"}[LOG_FORMAT],
        }
    },
    "root": {"handlers": ["stderr"], "level": "WARNING"},
    # Refused requests are answered, not logged: their addresses may hold anything.
    "loggers": {
        "django": {"handlers": [], "level": "ERROR", "propagate": True},
        "reunite.api": {"filters": ["answered_only"]},
        "django.security": {"handlers": [], "level": "CRITICAL", "propagate": True},
    },
}
