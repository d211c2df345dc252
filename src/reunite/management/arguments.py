"""What the commands that read no files of orders take on the command line."""

from argparse import ArgumentParser


def add_dump_arguments(parser: ArgumentParser) -> None:
    """The argument of ``reunite dump``."""
    parser.add_argument("file", metavar="FILE", help="a new file; named .gz it is compressed")


def add_load_arguments(parser: ArgumentParser) -> None:
    """The argument of ``reunite load``."""
    parser.add_argument("file", metavar="FILE", help="what reunite dump wrote")


def add_worker_arguments(parser: ArgumentParser) -> None:
    """The option of ``reunite worker``."""
    parser.add_argument(
        "--once", action="store_true", help="end when nothing is left that can be done now"
    )


def add_rebuild_arguments(parser: ArgumentParser) -> None:
    """The option of ``reunite rebuild``."""
    parser.add_argument("--dry-run", action="store_true", help="only say what would change")


def add_policy_arguments(parser: ArgumentParser) -> None:
    """The actions of ``reunite policy``."""
    actions = parser.add_subparsers(dest="action", required=True, metavar="ACTION")
    actions.add_parser("show", help="print the policy in force")
    apply = actions.add_parser("apply", help="let the policy in a file be in force")
    apply.add_argument("file", metavar="FILE")
    upgrade = actions.add_parser("upgrade", help="apply the latest rules for identifiers")
    for action in (apply, upgrade):
        action.add_argument("--dry-run", action="store_true", help="only say what it would do")
    actions.add_parser("cancel", help="forget a policy that is being prepared")
