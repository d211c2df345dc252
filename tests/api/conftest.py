import pytest
from django.test import Client


@pytest.fixture
def client():
    return Client(SERVER_NAME="localhost", raise_request_exception=False)
