"""What tests of concurrency share."""

import pytest


@pytest.fixture
def server(running):
    """The server that is ``running`` for the whole module; nothing was told to it yet."""
    running.database.empty()
    return running
