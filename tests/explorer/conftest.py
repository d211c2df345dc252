import pytest
from django.test import Client

from reunite.explorer import overview


@pytest.fixture
def client():
    """A browser that sends the token of forms, as the pages of the explorer do."""
    return Client(SERVER_NAME="localhost")


@pytest.fixture(autouse=True)
def _nothing_kept():
    """Tests have workspaces of the same ids, and each counts anew."""
    overview.kept.forget()
