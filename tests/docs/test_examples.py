"""What the documents show is what happens: their commands run, and their answers come."""

import ast
import json
import os
import re
import subprocess
import sys

import pytest

from tests.docs.documents import DOCS, ROOT, Document, documents
from tests.server import REUNITE, running_server

EXAMPLE = ROOT / "examples" / "send_orders.py"
# curl draws no progress, and an answer ends with its line.
SHELL = 'curl() { command curl --silent --show-error --write-out "\\n" "$@"; }\n'


def with_commands():
    """Documents with curl commands, and the variables that their server is started with."""
    variables = {
        "docs/how-to/read-national-phone-numbers.md": {"DEFAULT_REGION": "US"},
        "docs/how-to/upload-a-file.md": {"IMPORT_WORKER": "1"},
    }
    for document in documents():
        if any(is_request(block) for block in document.blocks):
            yield pytest.param(document, variables.get(str(document), {}), id=str(document))


def is_request(block):
    asking = ("curl ", *(f".venv/bin/reunite {each}" for each in ("policy", "keys", "workspaces")))
    return block.language == "sh" and any(each in block.text for each in asking)


@pytest.mark.parametrize(("document", "variables"), list(with_commands()))
def test_the_requests_of_a_document_get_the_answers_that_it_shows(document, variables, tmp_path):
    blocks = document.blocks
    with running_server(tmp_path, **variables) as server:
        for block, shown in zip(blocks, [*blocks[1:], None], strict=True):
            if is_request(block):
                answer = run(block.text, server, tmp_path)
                assert shown is not None
                compare(answer, shown)
        assert server.check().returncode == 0


def run(commands, server, folder):
    """What the commands of a block print, asked of the test's own server and its database."""
    if "curl " in commands:
        assert "http://127.0.0.1:8000" in commands
    script = SHELL + commands.replace("http://127.0.0.1:8000", server.url).replace(
        ".venv/bin/reunite", str(*REUNITE)
    )
    bash = ["bash", "-euo", "pipefail", "-c", script]
    return subprocess.run(
        bash,
        cwd=folder,
        env={
            **os.environ,
            "DJANGO_SETTINGS_MODULE": "reunite_service.settings",
            "DATABASE_URL": server.database.url,
        },
        capture_output=True,
        text=True,
        check=True,
        timeout=60,
    ).stdout


def compare(answer, shown):
    if shown.language == "http":
        status, *headers = shown.text.splitlines()
        came = [line.strip() for line in answer.splitlines()]
        assert came[0] == status
        assert set(headers) <= set(came)
        return
    if shown.language == "text":
        assert answer.rstrip().splitlines() == shown.text.splitlines()
        return
    assert shown.language == "json"
    last = answer.splitlines()[-1]
    assert comparable(last) == comparable(shown.text)


def comparable(text):
    """JSON as text, so that the order of keys counts; not so line breaks and when it happened."""
    changing = r'"[\d-]{10}T[\d:.]+Z"|(?<="feedId": )"[0-9a-f]{16}"'
    return re.sub(changing, '"…"', json.dumps(json.loads(text)))


def test_the_readme_and_the_quickstart_have_commands_that_run():
    assert {"README.md", "docs/quickstart.md"} <= {each.id for each in with_commands()}


def test_the_quickstart_shows_the_greeting_of_the_server():
    from reunite_service.serve import _welcome

    greetings = [b.text for b in Document(DOCS / "quickstart.md").blocks if b.language == "text"]
    assert _welcome("127.0.0.1", 8000) == greetings[0]


@pytest.mark.parametrize(
    ("allowed", "named"),
    [
        (["reunite.internal.example"], " -H 'Host: reunite.internal.example'"),
        ([".shop.example", "127.0.0.2"], " -H 'Host: shop.example'"),
        (["127.0.0.1", "reunite.internal.example"], ""),
        (["*"], ""),
    ],
)
def test_the_greeting_names_a_host_that_is_allowed(settings, allowed, named):
    from reunite_service.serve import _welcome

    settings.ALLOWED_HOSTS = allowed
    assert f"/identify{named} -H 'Content-Type" in _welcome("127.0.0.1", 8000)


def test_what_the_readme_leaves_behind_is_ignored_by_git():
    readme = Document(ROOT / "README.md").text
    left = re.findall(r"-m venv (\S+)|reunite example (\S+)|listed in (\S+)", readme)
    ignored = (ROOT / ".gitignore").read_text().splitlines()
    names = {name for found in left for name in found if name}
    assert names == {"venv", "orders.csv", "refused.csv"}
    assert {each if "." in each else f"{each}/" for each in names} <= set(ignored)


@pytest.mark.parametrize("document", list(documents()), ids=str)
def test_blocks_are_in_the_language_that_they_say(document):
    for block in document.blocks:
        if block.language == "json":
            json.loads(block.text)
        elif block.language == "python":
            ast.parse(block.text)
        else:
            assert block.language in {"sh", "text", "http", "sql", "nginx", "ini", "crontab"}


ORDERS = """\
mail,tel,who
george@hillvalley.edu,919191,George
biffsucks@hillvalley.edu,717171,George
George@HillValley.edu,717171,George
lorraine@hillvalley.edu,,Lorraine
mcfly@hillvalley.edu,717171,Marty
mcfly,,Marty
,,
"""


@pytest.fixture
def send_orders(tmp_path):
    """Run the example on a file of orders."""
    file = tmp_path / "orders.csv"
    file.write_text(ORDERS)

    def send(*options):
        return subprocess.run(
            [sys.executable, "-W", "error", EXAMPLE, file, *options],
            capture_output=True,
            text=True,
            check=False,
            timeout=60,
        )

    return send


def test_the_example_script_reports_what_came_of_a_file(tmp_path, send_orders):
    with running_server(tmp_path) as server:
        columns = ("--email", "mail", "--phone", "tel", "--truth", "who")
        first = send_orders(*columns, "--server", server.url)
        again = send_orders(*columns, "--server", server.url)

    emails = ("george@hillvalley.edu", "biffsucks@hillvalley.edu", "mcfly@hillvalley.edu")
    assert first.stderr == again.stderr == ""
    assert first.stdout.splitlines()[1:] == [
        "2 persons",
        "outcomes: created 3, merged 1, linked 1",
        'refused, invalid_email: 1 rows, like {"email": "mcfly"}',
        "refused, no_identifier: 1 rows, like {}",
        "persons of the most rows:",
        f"  1: 4 rows, {', '.join((*emails, '919191', '717171'))}",
        "  3: 1 rows, lorraine@hillvalley.edu",
        "pairs of rows found to be one person: 6, of them true 3",
        "precision 0.500",
        "recall 1.000 of 3 true pairs among the answered rows, 0.750 of 4 among all",
    ]
    assert "outcomes: unchanged 5" in again.stdout
    assert first.stdout.splitlines()[3:] == again.stdout.splitlines()[3:]


def test_the_example_script_says_what_is_missing(send_orders):
    for options, said in (
        ((), "--email"),
        (("--email", "mial"), "'mial' among mail, tel, who"),
        (("--email", "mail", "--server", "http://127.0.0.1:1"), "does http://127.0.0.1:1 answer?"),
    ):
        result = send_orders(*options)
        assert result.returncode == 2
        assert said in result.stderr
        assert "Traceback" not in result.stderr


def test_the_example_script_needs_nothing_but_python():
    imported = {
        name.partition(".")[0]
        for node in ast.walk(ast.parse(EXAMPLE.read_text()))
        if isinstance(node, ast.Import | ast.ImportFrom)
        for name in ([node.module] if isinstance(node, ast.ImportFrom) else [node.names[0].name])
    }
    assert imported <= sys.stdlib_module_names
