"""The settings of ``startproject``, with DEBUG off and a given database."""

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
    env,
)

SECRET_KEY = "only for measuring on this machine"  # noqa: S105  # nothing is signed with it
DEBUG = False
ALLOWED_HOSTS = ["127.0.0.1"]
IMPORT_WORKER = False

INSTALLED_APPS = [
    "django.contrib.admin",
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.sessions",
    "django.contrib.messages",
    "django.contrib.staticfiles",
    "rest_framework",
    "benchmarks.baseline",
]
MIDDLEWARE = [
    "django.middleware.security.SecurityMiddleware",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
]
ROOT_URLCONF = "benchmarks.baseline.urls"
TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "APP_DIRS": True,
        "OPTIONS": {
            "context_processors": [
                "django.template.context_processors.request",
                "django.contrib.auth.context_processors.auth",
                "django.contrib.messages.context_processors.messages",
            ]
        },
    }
]

DATABASES = {"default": env.dj_db_url("DATABASE_URL")}
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"
USE_TZ = True
STATIC_URL = "static/"
