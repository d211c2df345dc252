"""The unit for systemd in the documents."""

import re
from pathlib import Path

PAGE = Path(__file__).parents[2] / "docs" / "how-to" / "run-behind-a-proxy.md"


def unit():
    """Its settings, section by section."""
    (text,) = re.findall(r"```ini\n(.*?)```", PAGE.read_text(), re.DOTALL)
    sections = dict(re.findall(r"^\[(\w+)\]\n(.*?)(?=^\[|\Z)", text, re.MULTILINE | re.DOTALL))
    return {
        name: dict(re.findall(r"^(\w+)=(.*)$", body, re.MULTILINE))
        for name, body in sections.items()
    }


def test_it_starts_again_for_as_long_as_the_database_is_away():
    assert unit()["Unit"]["StartLimitIntervalSec"] == "0"
    assert unit()["Service"]["Restart"] == "on-failure"
    assert int(unit()["Service"]["RestartSec"]) >= 1


def test_it_holds_no_secret():
    assert "EnvironmentFile" in unit()["Service"]
    assert "DATABASE_URL" not in str(unit())
