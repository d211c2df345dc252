"""Reunite's settings, with the bare view at the root."""

from reunite_service.settings import *  # noqa: F403  # settings build on settings

ROOT_URLCONF = "benchmarks.bare.urls"
