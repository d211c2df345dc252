"""The bill of materials names each package of a server."""

import json
import re
import subprocess
import sys

import pytest

from tests.docs.documents import ROOT

pytestmark = pytest.mark.thorough  # Another program makes it, and it changes seldom.


def test_it_names_each_package_with_its_version(tmp_path):
    file = tmp_path / "sbom.json"
    subprocess.run(
        [sys.executable, "-W", "ignore", "-m", "tools.sbom", file],
        cwd=ROOT,
        check=True,
        capture_output=True,
        timeout=120,
    )
    told = json.loads(file.read_text())
    pinned = re.findall(
        r"^([\w.-]+)(?:\[[^]]*\])?==([^\s;]+)",
        (ROOT / "requirements" / "base.txt").read_text(),
        re.MULTILINE,
    )
    assert told["bomFormat"] == "CycloneDX"
    assert told["metadata"]["component"]["name"] == "reunite"
    assert {(each["name"], each["version"]) for each in told["components"]} == set(pinned)
    assert len(pinned) > 20
