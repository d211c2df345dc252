import pytest
from django.test import Client


@pytest.fixture
def client():
    """A browser that sends the token of forms, as the pages of the explorer do."""
    return Client(SERVER_NAME="localhost")
