"""The ``reunite`` command."""

import argparse
import os
import sys
from collections.abc import Sequence
from pathlib import Path

import django
from django.core.checks import run_checks
from django.core.exceptions import ImproperlyConfigured
from django.core.management import CommandError, call_command, execute_from_command_line
from django.db import DatabaseError, InterfaceError

from reunite import __version__
from reunite.bulk.arguments import (
    add_example_arguments,
    add_export_arguments,
    add_import_arguments,
)
from reunite.causes import chain, described, hide_messages, traced
from reunite.checks import SETTINGS
from reunite.core.errors import DatabaseUnavailable, ReuniteError
from reunite.services.health import require_ready, set_up_alone
from reunite_service.backup import back_up, restore
from reunite_service.database import database_name, make_private, require_database

_WITHOUT_TABLES = {"serve", "migrate", "restore", "example", "django"}

_OF_DATABASE = (DatabaseUnavailable, DatabaseError, InterfaceError)
_WITHOUT_SERVICE = (
    "the service needs the extra [service]: pip install '.[service]' in a clone of Reunite; "
    "a Django project of your own has the commands of python manage.py help"
)


def main(argv: Sequence[str] | None = None) -> None:
    """Run one command; a mistake is told in one line, and the exit code is then not 0."""
    try:
        from environs import EnvError
    except ImportError:
        sys.exit(f"reunite: {_WITHOUT_SERVICE}")
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "reunite_service.settings")
    arguments = sys.argv[1:] if argv is None else argv
    options = _parser().parse_args(arguments)
    hide_messages()
    try:
        django.setup()
        _run(options, arguments)
    except _OF_DATABASE as error:
        sys.exit(
            f"reunite: the database cannot be used ({described(_innermost(error))}): see that it "
            "runs, check DATABASE_URL, and look into its log."
        )
    except (EnvError, ImproperlyConfigured, CommandError, ReuniteError) as error:
        sys.exit(f"reunite: {_one_line(error)}")
    except KeyboardInterrupt:
        sys.exit(130)
    except Exception as error:  # noqa: BLE001  # Its message may hold anything.
        sys.exit(f"reunite: an error that is not foreseen stopped it.\n{traced(error)}")


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
    commands.add_parser("check", help="compare all stored persons with the live evidence")
    backup = commands.add_parser("backup", help="write the whole database to a file")
    backup.add_argument("file", metavar="FILE", type=Path, help="a new file")
    restore = commands.add_parser("restore", help="replace the database by that of a backup")
    restore.add_argument("file", metavar="FILE", type=Path, help="what reunite backup wrote")
    restore.add_argument(
        "--replace", action="store_true", help="also where the database holds contacts"
    )
    for name, add_arguments, help in (
        ("import", add_import_arguments, "take in files of orders"),
        ("export", add_export_arguments, "write contacts, persons or identifiers to a file"),
        ("example", add_example_arguments, "write a file of orders to try imports with"),
    ):
        add_arguments(commands.add_parser(name, help=help, description=help))
    dump = commands.add_parser("dump", help="write all that is stored, for any database to load")
    dump.add_argument("file", metavar="FILE", help="a new file; named .gz it is compressed")
    load = commands.add_parser("load", help="load a dump into an empty database")
    load.add_argument("file", metavar="FILE", help="what reunite dump wrote")
    worker = commands.add_parser(
        "worker", help="import the files that were sent to POST /imports; serve starts one, too"
    )
    worker.add_argument(
        "--once", action="store_true", help="end when nothing is left that can be done now"
    )
    rebuild = commands.add_parser(
        "rebuild", help="derive all persons anew, and write what is stored otherwise"
    )
    rebuild.add_argument("--dry-run", action="store_true", help="only say what would change")
    policy = commands.add_parser("policy", help="show the policy, or apply another one")
    actions = policy.add_subparsers(dest="action", required=True, metavar="ACTION")
    actions.add_parser("show", help="print the policy in force")
    apply = actions.add_parser("apply", help="let the policy in a file be in force")
    apply.add_argument("file", metavar="FILE")
    apply.add_argument("--dry-run", action="store_true", help="only say what it would do")
    upgrade = actions.add_parser("upgrade", help="apply the latest rules for identifiers")
    upgrade.add_argument("--dry-run", action="store_true", help="only say what it would do")
    actions.add_parser("cancel", help="forget a policy that is being prepared")
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
        case (
            "check" | "import" | "export" | "example" | "dump" | "load" | "worker" | "rebuild"
        ) as command:
            call_command(f"reunite_{command}", *arguments[1:])
        case "policy":
            _run_policy(options)
        case "django":
            execute_from_command_line(["reunite django", *options.arguments])


def _require_database(command: str) -> None:
    require_database()
    require_ready()
    if command == "check":
        print(f"database: {database_name()}", file=sys.stderr)


def _copy(options: argparse.Namespace) -> str:
    if options.command == "backup":
        return back_up(options.file)
    return restore(options.file, replace=options.replace)


def _run_policy(options: argparse.Namespace) -> None:
    arguments = [options.action]
    if options.action == "apply":
        arguments.append(options.file)
    if getattr(options, "dry_run", False):
        arguments.append("--dry-run")
    call_command("reunite_policy", *arguments)


def _refuse_mistakes() -> None:
    mistakes = [message for message in run_checks(tags=[SETTINGS]) if message.is_serious()]
    if mistakes:
        raise CommandError(" ".join(f"{each.msg} {each.hint or ''}" for each in mistakes))


def _innermost(error: BaseException) -> BaseException:
    """What the driver of the database said, if it was asked."""
    *_, last = (each for each in chain(error) if isinstance(each, _OF_DATABASE))
    return last


def _one_line(error: BaseException) -> str:
    return " ".join(str(error).split()).rstrip(".")
