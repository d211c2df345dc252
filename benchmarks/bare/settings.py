"""Reunite's settings, with the bare view at the root."""

from reunite_service.settings import *  # noqa: F403

ROOT_URLCONF = "benchmarks.bare.urls"
