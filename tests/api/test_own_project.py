"""Reunite as an app in a Django project of one's own, which says who may come in."""

import base64
import importlib.metadata
import json
import os
import re
import subprocess
import sys
from http.cookies import SimpleCookie

import pytest

from tests.docs.documents import DOCS, Document
from tests.server import Server, fresh_database, request

pytestmark = pytest.mark.any_database

# The app needs nothing of what the service is made of.
MANAGE = """
import os, sys
sys.modules.update(dict.fromkeys(["environs", "granian", "reunite_service", "whitenoise"]))
os.environ["DJANGO_SETTINGS_MODULE"] = "shop.settings"
from django.core.management import execute_from_command_line
execute_from_command_line(sys.argv)
"""
SETTINGS = """
import os
import dj_database_url
ALLOWED_HOSTS = ["localhost", "127.0.0.1"]
SECRET_KEY = "of a test"
ROOT_URLCONF = "shop.urls"
USE_TZ = True
STATIC_URL = "/static/"
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"
INSTALLED_APPS = [
    "django.contrib.admin", "django.contrib.auth", "django.contrib.contenttypes",
    "django.contrib.sessions", "django.contrib.messages", "django.contrib.staticfiles",
    "rest_framework", "drf_spectacular", "drf_spectacular_sidecar", "reunite",
]
MIDDLEWARE = [
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
]
TEMPLATES = [{
    "BACKEND": "django.template.backends.django.DjangoTemplates", "APP_DIRS": True,
    "OPTIONS": {"context_processors": [
        "django.template.context_processors.request",
        "django.contrib.auth.context_processors.auth",
        "django.contrib.messages.context_processors.messages",
    ]},
}]
DATABASES = {"default": dj_database_url.parse(os.environ["DATABASE_URL"])}
"""
URLS = """
from django.contrib import admin
from django.urls import include, path
urlpatterns = [path("admin/", admin.site.urls), path("", include("reunite.api.urls"))]
"""
LOGIN_REQUIRED = 'MIDDLEWARE += ["django.contrib.auth.middleware.LoginRequiredMiddleware"]\n'
AUTHENTICATED = """
REST_FRAMEWORK = {"DEFAULT_PERMISSION_CLASSES": ["rest_framework.permissions.IsAuthenticated"]}
"""
THROTTLED = """
REST_FRAMEWORK = {
    "DEFAULT_THROTTLE_CLASSES": ["rest_framework.throttling.AnonRateThrottle"],
    "DEFAULT_THROTTLE_RATES": {"anon": "3/day"},
}
"""
SET_UP = """
from django.contrib.auth.models import User
from django.core.checks import run_checks
from django.core.management import call_command
call_command("migrate", verbosity=0)
User.objects.create_superuser("staff", password="secret")
User.objects.create_user("customer", password="secret")
print(*(each.id for each in run_checks()))
"""
(RECIPE,) = [
    block.text
    for block in Document(DOCS / "how-to" / "use-as-django-app.md").blocks
    if "DEFAULT_PERMISSION_CLASSES" in block.text
]


class Project(Server):
    """The project, served by Django's own server."""

    def start(self):
        self.warned = subprocess.run(
            [*self._command, "shell"],
            env=self._environment,
            input=SET_UP,
            capture_output=True,
            text=True,
            timeout=120,
            check=True,
        ).stdout.splitlines()[-1]
        self._command = [*self._command, "runserver", "--noreload", str(self.address[1])]
        super().start()

    def _is_ready(self):
        if self._process.poll() is not None:
            raise AssertionError(f"the project ended:\n{self.log}")
        return self._is_listening()

    def send(self, path, body=None, *, user=None, headers=()):
        """The status and the JSON of the answer, which is a problem if it is not 200."""
        credentials = base64.b64encode(f"{user}:secret".encode()).decode()
        answer = self.exchange(
            request(
                b"" if body is None else json.dumps(body).encode(),
                method="GET" if body is None else "POST",
                path=path,
                content_type=None if body is None else "application/json",
                headers=[*headers, *([f"Authorization: Basic {credentials}"] if user else [])],
            )
        )
        if answer.status != 200:
            assert answer.headers["Content-Type"] == "application/problem+json", answer.body
        return answer.status, json.loads(answer.body), answer.headers


@pytest.fixture
def project(tmp_path):
    """Start a project with more settings than those that all have."""
    started = []

    def start(settings):
        package = tmp_path / "shop"
        package.mkdir()
        (package / "__init__.py").write_text("")
        (package / "settings.py").write_text(SETTINGS + settings)
        (package / "urls.py").write_text(URLS)
        (tmp_path / "manage.py").write_text(MANAGE)
        command = [sys.executable, str(tmp_path / "manage.py")]
        settings_module = {"DJANGO_SETTINGS_MODULE": "shop.settings", "PYTHONPATH": str(tmp_path)}
        project = Project(database, tmp_path, command=command, **settings_module)
        started.append(project)
        project.start()
        return project

    with fresh_database(tmp_path) as database:
        yield start
        for each in started:
            each.close()


def test_a_project_that_asks_nobody_is_open_and_warned(project):
    shop = project("")

    assert shop.send("/identify", {"email": "a@x.example"})[0] == 200
    assert shop.send("/persons/1/erase", {}, headers=["Origin: https://evil.example"])[0] == 403
    assert shop.warned == "reunite.W001"


@pytest.mark.parametrize(
    "settings",
    [AUTHENTICATED, LOGIN_REQUIRED, AUTHENTICATED + LOGIN_REQUIRED],
    ids=["permissions", "middleware", "both"],
)
def test_nobody_comes_in_anonymously_where_the_project_demands_a_user(project, settings):
    shop = project(settings)
    assert shop.send("/identify", {"email": "a@x.example"}, user="customer")[0] == 200

    for path, body in (
        ("/persons/1/erase", {}),
        ("/identify", {"email": "b@x.example"}),
        ("/persons/1", None),
        ("/links", None),
        ("/healthz", None),
        ("/openapi.json", None),
    ):
        status, problem, _ = shop.send(path, body)
        assert (status, problem["code"]) in {(401, "not_authenticated"), (403, "not_authenticated")}
    assert shop.exchange(request(method="GET", path="/docs")).status in (302, 401, 403)
    assert shop.exchange(request(method="OPTIONS", path="/identify")).status in (401, 403)
    assert shop.send("/persons/1", user="customer")[1]["contact"]["emails"] == ["a@x.example"]
    assert [each.email for each in shop.database.contacts()] == ["a@x.example"]
    assert shop.warned == ""


def test_the_recipe_lets_staff_in_and_no_customers(project):
    shop = project(RECIPE)
    body = {"email": "a@x.example"}

    assert shop.send("/identify", body)[1]["code"] == "not_authenticated"
    assert shop.send("/identify", body, user="customer")[1]["code"] == "permission_denied"
    assert shop.send("/identify", body, user="nobody")[1]["code"] == "authentication_failed"
    assert shop.send("/identify", body, user="staff")[0] == 200
    assert shop.warned == ""


def test_who_is_logged_in_needs_the_csrf_token_of_the_project(project):
    shop = project(RECIPE)
    page = shop.exchange(request(method="GET", path="/admin/login/"))
    token = SimpleCookie(page.headers["Set-Cookie"])["csrftoken"].value
    form = f"csrfmiddlewaretoken={token}&username=staff&password=secret".encode()
    logged_in = shop.exchange(
        request(
            form,
            path="/admin/login/?next=/",
            content_type="application/x-www-form-urlencoded",
            headers=[f"Cookie: csrftoken={token}"],
        )
    )
    cookies = SimpleCookie()
    for each in logged_in.headers.get_all("Set-Cookie"):
        cookies.load(each)
    cookie = "Cookie: " + "; ".join(f"{name}={each.value}" for name, each in cookies.items())
    body = {"email": "a@x.example"}

    assert shop.send("/stats", headers=[cookie])[0] == 200
    assert shop.send("/identify", body, headers=[cookie])[1]["code"] == "permission_denied"
    token = f"X-CSRFToken: {cookies['csrftoken'].value}"
    assert shop.send("/identify", body, headers=[cookie, token])[0] == 200


def test_the_throttles_of_the_project_hold(project):
    shop = project(THROTTLED)
    for _ in range(3):
        assert shop.send("/identify", {"email": "a@x.example"})[0] == 200

    status, problem, headers = shop.send("/identify", {"email": "a@x.example"})

    assert (status, problem["code"]) == (429, "throttled")
    assert int(headers["Retry-After"]) > 60


def test_the_command_of_the_service_says_what_to_install():
    command = (
        "import sys; sys.modules['environs'] = None\n"
        "from reunite_service.cli import main; main(['serve'])"
    )
    done = subprocess.run(
        [sys.executable, "-c", command], capture_output=True, text=True, timeout=60, check=False
    )
    assert done.returncode == 1
    assert done.stderr.startswith("reunite: the service needs the extra [service]: pip install")
    assert len(done.stderr.splitlines()) == 1


def test_the_app_requires_nothing_of_the_service():
    required = [each.partition(";") for each in importlib.metadata.requires("reunite")]
    names = {re.match(r"[\w.-]+", name)[0] for name, _, extra in required if "extra" not in extra}
    assert {"django", "djangorestframework", "phonenumbers"} <= names
    assert not names & {"environs", "granian", "whitenoise"}


def test_the_service_is_open_and_not_warned():
    done = subprocess.run(
        [sys.executable, "-m", "django", "check"],
        env={**os.environ, "DJANGO_SETTINGS_MODULE": "reunite_service.settings"},
        capture_output=True,
        text=True,
        timeout=60,
        check=True,
    )
    assert "W001" not in done.stderr
