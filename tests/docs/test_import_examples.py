"""What the documents show of imports is what happens."""

import os
import subprocess

import pytest

from tests.docs.documents import DOCS, ROOT, Document
from tests.server import REUNITE

DOCUMENTS = (ROOT / "README.md", DOCS / "how-to/import-a-file.md")


@pytest.mark.thorough  # Each imports 100,000 rows.
@pytest.mark.parametrize("path", DOCUMENTS, ids=lambda path: path.name)
def test_the_commands_of_a_document_say_what_it_shows(path, tmp_path):
    environment = {
        **os.environ,
        "DJANGO_SETTINGS_MODULE": "reunite_service.settings",
        "DATABASE_URL": f"sqlite:///{tmp_path / 'reunite.sqlite3'}",
    }

    def run(command):
        # As pip has installed what the tests need, it is left out.
        words = [*REUNITE, *command.split()[1:]]
        return subprocess.run(
            words, env=environment, cwd=tmp_path, capture_output=True, text=True, check=True
        ).stdout

    run("reunite migrate")
    blocks = Document(path).blocks
    seen = False
    for block, shown in zip(blocks, [*blocks[1:], None], strict=True):
        commands = [line for line in block.text.splitlines() if line.startswith("reunite ")]
        output = [run(command) for command in commands if " serve" not in command]
        if shown is not None and output and shown.language == "text":
            assert output[-1] == shown.text
            seen = True
    assert seen
