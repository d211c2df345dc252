"""Benchmarks serve other applications as Reunite is served: with all settings that this takes."""

import inspect
import re
from importlib import import_module

import pytest
from django.conf import global_settings

from reunite_service import metrics, serve, traces
from reunite_service.http import worker


@pytest.mark.parametrize("name", ["baseline", "bare", "constant"])
def test_a_benchmark_has_the_settings_that_serving_asks_for(name, monkeypatch):
    monkeypatch.setenv("DATABASE_URL", "sqlite://:memory:")
    sources = map(inspect.getsource, (serve, worker, metrics, traces))
    asked = set(re.findall(r"\bsettings\.([A-Z_]+)", "".join(sources)))
    assert {"PORT", "THREADS"} <= asked
    own = vars(import_module(f"benchmarks.{name}.settings"))
    assert asked <= own.keys() | vars(global_settings).keys()
