import pytest
from django.test import Client

from reunite.store.database.waiting import limited


@pytest.fixture
def client():
    return Client(SERVER_NAME="localhost", raise_request_exception=False)


@pytest.fixture(autouse=True)
def no_attempt_before():
    """The thread is not one that was turned away in a test before: its answers are logged."""
    with limited(60):
        pass
