"""The same settings, but a request does not connect anew: the first thing that anyone tunes."""

from benchmarks.baseline.settings import *  # noqa: F403  # settings build on settings
from benchmarks.baseline.settings import DATABASES

DATABASES["default"]["CONN_MAX_AGE"] = None
