"""The documents as a site: it builds, and each of its links leads to a page or a heading."""

import subprocess
import sys
from pathlib import Path

from tests.docs.documents import ROOT

MKDOCS = Path(sys.executable).with_name("mkdocs")


def test_the_site_builds_without_a_warning(tmp_path):
    command = [MKDOCS, "build", "--strict", "--site-dir", tmp_path]
    built = subprocess.run(
        command, cwd=ROOT, capture_output=True, text=True, timeout=120, check=False
    )
    assert built.returncode == 0, built.stderr
    deploy = (tmp_path / "how-to" / "deploy.html").read_text()
    assert 'href="../reference/settings.html#allowed_hosts"' in deploy
    # The site has no file of the folder, and so no link to one.
    assert "the sample for" in deploy
    assert "deploy/nginx/reunite.conf" not in deploy
