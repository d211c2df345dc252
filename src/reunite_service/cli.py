"""The ``reunite`` command."""

import argparse
import gc
import os
import sys
from collections.abc import Sequence
from importlib.util import find_spec
from pathlib import Path

import django
from django.core.checks import Tags, run_checks
from django.core.management import CommandError, call_command, execute_from_command_line

from reunite import __version__
from reunite.bulk.arguments import (
    add_example_arguments,
    add_export_arguments,
    add_import_arguments,
)
from reunite.checks import SETTINGS
from reunite.management.arguments import (
    add_check_arguments,
    add_dump_arguments,
    add_keys_arguments,
    add_load_arguments,
    add_policy_arguments,
    add_rebuild_arguments,
    add_webhooks_arguments,
    add_worker_arguments,
    add_workspaces_arguments,
)
from reunite.services.health import require_ready, set_up_alone
from reunite_service.database import database_name, make_private, require_database
from reunite_service.mistakes import told_in_one_line

_WITHOUT_TABLES = {"serve", "migrate", "restore", "example", "django"}

_WITHOUT_SERVICE = (
    "the service needs the extra [service]: pip install '.[service]' in a clone of Reunite; "
    "a Django project of your own has the commands of python manage.py help"
)


def main(argv: Sequence[str] | None = None) -> None:
    """Run one command; an error ends it with one line and an exit code that is not 0."""
    if find_spec("environs") is None:
        sys.exit(f"reunite: {_WITHOUT_SERVICE}")
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "reunite_service.settings")
    arguments = sys.argv[1:] if argv is None else argv
    options = _parser().parse_args(arguments)
    with told_in_one_line():
        django.setup()
        # Imported modules stay: the garbage collector need not look through them.
        gc.freeze()
        _run(options, arguments)


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="reunite", description="Which person is it? Identity reconciliation for shops."
    )
    parser.add_argument("--version", action="version", version=f"reunite {__version__}")
    commands = parser.add_subparsers(dest="command", required=True, metavar="COMMAND")
    commands.add_parser(
        "serve", help="migrate, then answer HTTP on HOST:PORT with WORKERS processes"
    )
    commands.add_parser("migrate", help="bring the tables of the database up to date")
    check = commands.add_parser("check", help="compare all stored persons with the live evidence")
    add_check_arguments(check)
    check.add_argument(
        "--deploy", action="store_true", help="list what is unsafe in the settings, instead"
    )
    backup = commands.add_parser("backup", help="write the whole database to a file")
    backup.add_argument("file", metavar="FILE", type=Path, help="a new file")
    restore = commands.add_parser("restore", help="replace the database by a backup")
    restore.add_argument("file", metavar="FILE", type=Path, help="what reunite backup wrote")
    restore.add_argument(
        "--replace", action="store_true", help="also where the database holds contacts"
    )
    commands.add_parser("prune", help="delete old events, imports, deliveries and refused rows")
    commands.add_parser(
        "restart-feed",
        help="let followers begin anew, after a restore by other means than reunite restore",
    )
    for name, add_arguments, help in (
        ("import", add_import_arguments, "take in files of orders"),
        ("export", add_export_arguments, "write contacts, persons or identifiers to a file"),
        ("example", add_example_arguments, "write a file of orders to try imports with"),
    ):
        add_arguments(commands.add_parser(name, help=help, description=help))
    for name, add_arguments, help in (
        ("dump", add_dump_arguments, "write all that is stored, for any database to load"),
        ("load", add_load_arguments, "load a dump into an empty database"),
        (
            "worker",
            add_worker_arguments,
            "import uploads and tell webhooks; serve starts a worker, too",
        ),
        (
            "rebuild",
            add_rebuild_arguments,
            "derive all persons from the evidence, and write the differences",
        ),
        ("policy", add_policy_arguments, "show the policy, or apply another one"),
        ("keys", add_keys_arguments, "create, list and revoke the keys of clients"),
        ("workspaces", add_workspaces_arguments, "create and list workspaces"),
        ("webhooks", add_webhooks_arguments, "create, list and repair webhooks"),
    ):
        add_arguments(commands.add_parser(name, help=help))
    anything = commands.add_parser("django", help="run one of Django's own commands")
    anything.add_argument("arguments", nargs=argparse.REMAINDER)
    return parser


def _run(options: argparse.Namespace, arguments: Sequence[str]) -> None:
    _refuse_mistakes()
    if options.command in {"serve", "migrate"}:
        make_private()
    elif options.command not in _WITHOUT_TABLES:
        _require_database(options.command)
    match options.command:
        case "serve":
            from reunite_service.serve import serve  # It needs the settings.

            serve()
        case "migrate":
            with set_up_alone():
                call_command("migrate", interactive=False)
        case "backup" | "restore":
            print(_copy(options))
        case "check" if options.deploy:
            sys.exit(_tell_unsafe())
        case "django":
            execute_from_command_line(["reunite django", *options.arguments])
        case command:
            call_command(f"reunite_{command.replace('-', '_')}", *arguments[1:])


def _require_database(command: str) -> None:
    require_database()
    require_ready()
    if command == "check":
        print(f"database: {database_name()}", file=sys.stderr)


def _copy(options: argparse.Namespace) -> str:
    from reunite_service.backup import back_up, restore  # It needs the drivers of all databases.

    if options.command == "backup":
        return back_up(options.file)
    return restore(options.file, replace=options.replace)


def _tell_unsafe() -> int:
    """List unsafe settings, each with its remedy; the exit code."""
    found = run_checks(tags=[SETTINGS, Tags.security], include_deployment_checks=True)
    told = [each for each in found if not each.is_silenced()]
    for each in told:
        print(f"{each.id}: {each.msg} {each.hint or ''}".rstrip())
    if not told:
        print("nothing unsafe was found", file=sys.stderr)
    return 1 if told else 0


def _refuse_mistakes() -> None:
    mistakes = [message for message in run_checks(tags=[SETTINGS]) if message.is_serious()]
    if mistakes:
        raise CommandError(" ".join(f"{each.msg} {each.hint or ''}" for each in mistakes))
