"""Benchmarks serve other applications as Reunite is served: with all settings that this takes."""

import inspect
import re
from importlib import import_module

import pytest

from reunite_service import serve


@pytest.mark.parametrize("name", ["baseline", "bare", "constant"])
def test_a_benchmark_has_the_settings_that_serving_asks_for(name, monkeypatch):
    monkeypatch.setenv("DATABASE_URL", "sqlite://:memory:")
    asked = set(re.findall(r"\bsettings\.([A-Z_]+)", inspect.getsource(serve)))
    assert "PORT" in asked
    assert asked <= vars(import_module(f"benchmarks.{name}.settings")).keys()
