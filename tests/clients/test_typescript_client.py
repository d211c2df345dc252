"""A client in TypeScript, by generated types, is sound and sends the README's requests."""

import json
import shutil
import subprocess
from pathlib import Path

import pytest

from tests.clients.readme import examples
from tests.docs.documents import DOCS, ROOT
from tests.server import running_server

NODE = shutil.which("node")
PROGRAMS = ROOT / ".cache" / "clients" / "node_modules" / ".bin"

pytestmark = [
    pytest.mark.thorough,  # The document changes seldom.
    pytest.mark.skipif(
        NODE is None or not (PROGRAMS / "tsc").exists(),
        reason="left out: the TypeScript client, for there is no npm (make check installs it)",
    ),
]


def run(*command, folder):
    done = subprocess.run(
        command, cwd=folder, capture_output=True, text=True, timeout=120, check=False
    )
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


def test_it_sends_the_requests_of_the_readme(tmp_path):
    sent = examples()
    requests = [
        f"await post(url, {json.dumps(each.path)}, {json.dumps(each.body)}, "
        f"{json.dumps(each.id) if each.id else 'undefined'}),"
        for each in sent
    ]
    with running_server(tmp_path) as server:
        lines = [
            'import { post } from "./client.js";',
            f"const url = {json.dumps(server.url)};",
            *("console.log(JSON.stringify([", *requests, "]));", ""),
        ]
        (tmp_path / "readme.ts").write_text("\n".join(lines))
        (tmp_path / "package.json").write_text('{"type": "module"}')
        shutil.copy(Path(__file__).with_name("client.ts"), tmp_path)
        document = DOCS / "reference" / "openapi.json"
        run(PROGRAMS / "openapi-typescript", document, "-o", "reunite.d.ts", folder=tmp_path)
        run(
            PROGRAMS / "tsc",
            *("--strict", "--exactOptionalPropertyTypes", "--target", "es2022"),
            *("--module", "esnext", "--moduleResolution", "bundler", "--lib", "es2022,dom"),
            *("client.ts", "readme.ts"),
            folder=tmp_path,
        )

        answers = json.loads(run(NODE, "readme.js", folder=tmp_path))

    assert answers == [each.answer for each in sent]
    assert len(sent) >= 5
