import pytest
from django.db import connection

from reunite.checks import check_database, check_settings


@pytest.mark.parametrize(
    ("given", "ids"),
    [
        ({}, []),
        ({"DEFAULT_REGION": "US", "LOCK_TIMEOUT_SECONDS": 1}, []),
        ({"DEFAULT_REGION": None}, []),
        ({"DEFAULT_REGOIN": "US"}, ["reunite.E001"]),
        ({"DEFAULT_REGION": "USA"}, ["reunite.E002"]),
        ({"ERASURE_KEY": "k" * 32, "ERASURE_KEYS_BEFORE": ["l" * 32]}, []),
        ({"ERASURE_KEY": "guessed"}, ["reunite.E004"]),
        ({"ERASURE_KEY": "k" * 32, "ERASURE_KEYS_BEFORE": ["guessed"]}, ["reunite.E004"]),
        ({"WEBHOOK_KEY": "k" * 32, "WEBHOOK_KEYS_BEFORE": ["l" * 32]}, []),
        ({"WEBHOOK_KEY": "k" * 32, "WEBHOOK_KEYS_BEFORE": ["guessed"]}, ["reunite.E007"]),
        ({"WEBHOOK_NETWORKS": ["10.0.0.0/8", "::1/128"]}, []),
        ({"WEBHOOK_NETWORKS": ["10.0.0.1/8"]}, ["reunite.E006"]),
        ({"WEBHOOK_NETWORKS": ["10.0.0.0/8", "shop.example"]}, ["reunite.E006"]),
    ],
)
def test_a_mistake_in_the_settings_is_found_before_the_first_request(settings, given, ids):
    settings.REUNITE = given

    found = check_settings()

    assert [message.id for message in found] == ids
    assert all(message.hint for message in found)


def test_the_services_own_database_is_as_it_should_be():
    assert check_database() == []


def test_a_database_without_a_dialect_is_an_error(monkeypatch):
    monkeypatch.setattr(connection, "vendor", "oracle")
    assert [message.id for message in check_database()] == ["reunite.E003"]
