"""Commands of files, policies and repairs, in the workspace that ``--workspace`` names."""

import json

from tests.commands.test_cli import run
from tests.server import fresh_database


def test_commands_read_and_write_the_workspace_that_is_named(tmp_path):
    orders = tmp_path / "orders.csv"
    orders.write_text("email\nmarty@hillvalley.edu\n")
    policy = tmp_path / "policy.json"
    policy.write_text(json.dumps({"preset": "protect"}))
    with fresh_database(tmp_path) as database:

        def reunite(*arguments, status=0):
            done = run(*arguments, tmp_path=tmp_path, DATABASE_URL=database.url)
            assert done.returncode == status, done
            return done

        reunite("workspaces", "create", "shop-de")
        inside = ("--workspace", "shop-de")
        reunite("import", str(orders), "--no-created-at", *inside)
        reunite("policy", "apply", str(policy), *inside)
        rebuilt = reunite("rebuild", *inside)
        reunite("export", "contacts", "own.csv", *inside)
        reunite("export", "contacts", "default.csv")

        assert rebuilt.stdout.startswith("1 contacts read")
        for table in ("contact", "policy"):
            names = f"SELECT name FROM workspace w JOIN {table} t ON w.id = t.workspace_id"
            assert database.rows(names) == [("shop-de",)]
        assert "marty@hillvalley.edu" in (tmp_path / "own.csv").read_text()
        assert len((tmp_path / "default.csv").read_text().splitlines()) == 1
        refused = reunite("policy", "show", "--workspace", "nowhere", status=1)
        assert "workspace" in refused.stderr
