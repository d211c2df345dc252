"""Settings of the service that depend on each other."""

import os
import subprocess
import sys

import pytest

pytestmark = pytest.mark.any_database

POSTGRESQL = "postgresql://reunite@localhost/reunite"
SQLITE = "sqlite:///reunite.sqlite3"


@pytest.mark.parametrize(
    ("url", "workers", "threads"),
    [
        (SQLITE, "1", 2),
        (SQLITE, "16", 2),
        (POSTGRESQL, "1", 8),
        (POSTGRESQL, "5", 8),
        (POSTGRESQL, "8", 5),
        (POSTGRESQL, "16", 2),
        (POSTGRESQL, "64", 2),
    ],
)
def test_two_servers_with_the_default_threads_fit_into_the_connections_of_postgresql(
    url, workers, threads
):
    told = _setting("THREADS", DATABASE_URL=url, WORKERS=workers)
    assert int(told) == threads
    assert int(workers) > 20 or 2 * int(workers) * threads < 97


def test_the_number_of_threads_can_be_set():
    assert _setting("THREADS", DATABASE_URL=POSTGRESQL, THREADS="3") == "3"


@pytest.mark.parametrize(
    ("variables", "allowed"),
    [
        ({"HOST": "127.0.0.1"}, ["127.0.0.0/8", "::1/128"]),
        ({"HOST": "0.0.0.0"}, []),  # noqa: S104  # Nothing listens there.
        ({"HOST": "127.0.0.1", "WEBHOOK_NETWORKS": ""}, []),
        ({"HOST": "::", "WEBHOOK_NETWORKS": "10.0.0.0/8,fd00::/8"}, ["10.0.0.0/8", "fd00::/8"]),
    ],
)
def test_webhooks_lead_to_this_machine_only_if_no_other_reaches_it(variables, allowed):
    assert _setting("REUNITE['WEBHOOK_NETWORKS']", **variables) == str(allowed)


@pytest.mark.parametrize(
    ("text", "told"),
    [("", "None"), ("127.0.0.1:9100", "('127.0.0.1', 9100)"), ("[::1]:9100", "('::1', 9100)")],
)
def test_the_metrics_may_have_an_address_of_their_own(text, told):
    assert _setting("METRICS_ADDRESS", METRICS_ADDRESS=text) == told
    assert _setting("REUNITE['METRICS_ON_PORT']", METRICS_ADDRESS=text) == str(not text)


@pytest.mark.parametrize("text", ["9100", ":9100", "127.0.0.1", "localhost:9100", "1.2.3.4:x"])
def test_an_address_of_metrics_that_is_none_is_refused(text):
    with pytest.raises(subprocess.CalledProcessError) as error:
        _setting("METRICS_ADDRESS", METRICS_ADDRESS=text)
    assert "METRICS_ADDRESS is no address" in error.value.stderr
    with pytest.raises(subprocess.CalledProcessError) as error:
        _setting("METRICS_ADDRESS", METRICS_ADDRESS="127.0.0.1:8000")
    assert "name another port" in error.value.stderr


@pytest.mark.parametrize(
    "url",
    [
        *("sqlite://reunite.sqlite3", "sqlite://", "sqlite:///", "sqlite:///:memory:"),
        *("sqlite:/reunite.sqlite3", "sqlite:reunite.sqlite3", "postgresql://reunite@localhost/"),
    ],
)
def test_a_url_that_names_no_database_is_refused(url):
    assert "DATABASE_URL is not understood" in _refused(DATABASE_URL=url)


def test_a_service_of_postgresql_names_a_database():
    assert _setting("_engine", DATABASE_URL="postgresql://?service=reunite").endswith("postgresql")


@pytest.mark.parametrize("prefix", ["reunite", "/reunite/", "reunite/", "/", "/a//b", "/a b"])
def test_a_path_prefix_in_another_form_is_refused(prefix):
    assert "write it like /reunite" in _refused(PATH_PREFIX=prefix)


@pytest.mark.parametrize("prefix", ["", "/reunite", "/apps/reunite-2"])
def test_a_path_prefix_is_taken(prefix):
    assert _setting("PATH_PREFIX", PATH_PREFIX=prefix) == prefix


@pytest.mark.parametrize(
    "hosts",
    [
        *("https://shop.example", "shop.example:8000", "shop.example/", "::1", "a b.example"),
        *("shop.example;127.0.0.1", "ok.example,https://shop.example"),
    ],
)
def test_a_host_that_no_request_can_have_is_refused(hosts):
    assert "leave out https://, the port and the path" in _refused(ALLOWED_HOSTS=hosts)


def test_names_in_a_list_may_have_blanks_around_them():
    hosts = "Shop.example, .shop.example,[::1] ,127.0.0.1,*,"
    assert _setting("ALLOWED_HOSTS", ALLOWED_HOSTS=hosts) == str(
        ["shop.example", ".shop.example", "[::1]", "127.0.0.1", "*"]
    )
    networks = _setting("REUNITE['WEBHOOK_NETWORKS']", WEBHOOK_NETWORKS="10.0.0.0/8, fd00::/8")
    assert networks == str(["10.0.0.0/8", "fd00::/8"])
    keys = _setting("REUNITE['ERASURE_KEYS_BEFORE']", ERASURE_KEYS_BEFORE=f"{'a' * 32}, {'b' * 32}")
    assert keys == str(["a" * 32, "b" * 32])
    assert "localhost" in _setting("ALLOWED_HOSTS", ALLOWED_HOSTS="")


def _refused(**variables):
    with pytest.raises(subprocess.CalledProcessError) as failed:
        _setting("PORT", **variables)
    return failed.value.stderr


def _setting(name, **variables):
    script = f"from reunite_service import settings; print(settings.{name})"
    environment = {key: value for key, value in os.environ.items() if key != "THREADS"}
    return subprocess.run(
        [sys.executable, "-c", script],
        env={**environment, **variables},
        capture_output=True,
        text=True,
        check=True,
        timeout=60,
    ).stdout.strip()
