"""The explorer as an app in a Django project of one's own, below a prefix of its own."""

import subprocess
import sys

PROGRAM = """
import sys, types
import django
from django.conf import settings
from django.urls import include, path

sys.modules.update(dict.fromkeys(["environs", "granian", "reunite_service", "whitenoise"]))
urls = types.ModuleType("shop_urls")
sys.modules["shop_urls"] = urls
settings.configure(
    ALLOWED_HOSTS=["localhost"],
    SECRET_KEY="of a test",
    ROOT_URLCONF="shop_urls",
    USE_TZ=True,
    STATIC_URL="/static/",
    DEFAULT_AUTO_FIELD="django.db.models.BigAutoField",
    INSTALLED_APPS=[
        "django.contrib.auth", "django.contrib.contenttypes", "django.contrib.sessions",
        "django.contrib.staticfiles", "django_htmx", "reunite", "reunite.explorer",
    ],
    MIDDLEWARE=[
        "django.contrib.sessions.middleware.SessionMiddleware",
        "django.middleware.common.CommonMiddleware",
        "django.middleware.csrf.CsrfViewMiddleware",
        "django.contrib.auth.middleware.AuthenticationMiddleware",
    ],
    TEMPLATES=[{"BACKEND": "django.template.backends.django.DjangoTemplates", "APP_DIRS": True}],
    DATABASES={"default": {
        "ENGINE": "django.db.backends.sqlite3", "NAME": sys.argv[1],
        "OPTIONS": {"init_command": "PRAGMA journal_mode = WAL"},
    }},
    REUNITE={},
)
django.setup()
urls.urlpatterns = [path("people/", include("reunite.explorer.urls"))]
from django.core.management import call_command
from django.test import Client, override_settings
call_command("migrate", verbosity=0)
call_command("check")
client = Client(SERVER_NAME="localhost")
print(client.get("/people/").status_code)
with override_settings(REUNITE={"EXPLORER_OPEN": True}):
    print(client.get("/people/").status_code)
    print(client.post("/people/example").status_code)
    page = client.get("/people/persons/1")
    print(page.status_code, b'href="/people/review"' in page.content)
print(page["Content-Security-Policy"].startswith("default-src 'none'"))
from django.contrib.staticfiles import finders
print(bool(finders.find("reunite_explorer/explorer.css")))
"""


def test_a_project_serves_the_explorer_closed_until_it_opens_it(tmp_path):
    ran = subprocess.run(
        [sys.executable, "-c", PROGRAM, str(tmp_path / "shop.sqlite3")],
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
        env={},
    )
    assert ran.returncode == 0, ran.stderr
    told = ran.stdout.split("\n")
    assert told[-7:-1] == ["401", "200", "302", "200 True", "True", "True"]
