"""The service's settings, with a test database of its own in a file, as in production."""

import os
import tempfile
from pathlib import Path

from reunite_service.settings import *  # noqa: F403  # settings build on settings
from reunite_service.settings import DATABASES, REUNITE

# The folder outlives the process only if it is killed; xdist adds the worker's name to the file.
_folder = tempfile.TemporaryDirectory(prefix="reunite-test-")
DATABASES["default"]["TEST"] = (
    {"NAME": str(Path(_folder.name) / "test.sqlite3")} if "DATABASE_URL" not in os.environ else {}
)
# Tests kill servers, which have the service's own settings, but never the process of the tests.
if "DATABASE_URL" not in os.environ:
    DATABASES["default"]["OPTIONS"]["init_command"] += "; PRAGMA synchronous = OFF"
REUNITE["ERASURE_KEY_FILE"] = str(Path(_folder.name) / "erasure-key")
