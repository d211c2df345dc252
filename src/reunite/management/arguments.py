"""What the commands that read no files of orders take on the command line."""

from argparse import ArgumentParser

from reunite.bulk.arguments import add_workspace_argument
from reunite.core.access.callers import KeyScope
from reunite.core.webhooks.attempts import DeliveryState


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


def add_check_arguments(parser: ArgumentParser) -> None:
    """The option of ``reunite check``."""
    parser.add_argument("--workspace", metavar="NAME", help="only this one, instead of all")


def add_rebuild_arguments(parser: ArgumentParser) -> None:
    """The option of ``reunite rebuild``."""
    add_workspace_argument(parser)
    parser.add_argument("--dry-run", action="store_true", help="only say what would change")


def add_policy_arguments(parser: ArgumentParser) -> None:
    """The actions of ``reunite policy``."""
    actions = parser.add_subparsers(dest="action", required=True, metavar="ACTION")
    show = actions.add_parser("show", help="print the policy in force")
    apply = actions.add_parser("apply", help="let the policy in a file be in force")
    apply.add_argument("file", metavar="FILE")
    upgrade = actions.add_parser("upgrade", help="apply the latest rules for identifiers")
    for action in (apply, upgrade):
        action.add_argument("--dry-run", action="store_true", help="only say what it would do")
    cancel = actions.add_parser("cancel", help="forget a policy that is being prepared")
    for action in (show, apply, upgrade, cancel):
        add_workspace_argument(action)


def add_keys_arguments(parser: ArgumentParser) -> None:
    """The actions of ``reunite keys``."""
    actions = parser.add_subparsers(dest="action", required=True, metavar="ACTION")
    create = actions.add_parser("create", help="create a key, and print it this once")
    create.add_argument("name", metavar="NAME", help="who will use it")
    create.add_argument(
        "--scope",
        action="append",
        required=True,
        choices=[each.value for each in KeyScope],
        help="what it may do; may be given several times",
    )
    create.add_argument("--days", type=int, metavar="N", help="let it expire after so many days")
    listing = actions.add_parser("list", help="list the keys, without their secrets")
    revoke = actions.add_parser("revoke", help="let a key hold no more")
    revoke.add_argument("short", metavar="SHORT", help="the part after ru_, or the whole key")
    for action in (create, listing, revoke):
        add_workspace_argument(action, "the workspace of the key")


def add_webhooks_arguments(parser: ArgumentParser) -> None:
    """The actions of ``reunite webhooks``."""
    actions = parser.add_subparsers(dest="action", required=True, metavar="ACTION")
    create = actions.add_parser("create", help="create a webhook, and print its secret this once")
    create.add_argument("url", metavar="URL", help="where messages go")
    create.add_argument(
        "--type",
        action="append",
        metavar="TYPE",
        help="a type of events to be told of; may be given several times, all without it",
    )
    parsers = [create, actions.add_parser("list", help="list the webhooks")]
    for name, help in (
        ("deliveries", "list the deliveries of a webhook that are dead"),
        ("rotate", "give a webhook a new secret, and print it this once"),
        ("disable", "tell a webhook of nothing until it is enabled"),
        ("enable", "let a webhook go on where it stopped"),
        ("redeliver", "attempt its dead deliveries again"),
        ("replay", "deliver the messages of a range of numbers again"),
        ("delete", "delete a webhook"),
    ):
        parsers.append(actions.add_parser(name, help=help))
        parsers[-1].add_argument("id", metavar="ID", type=int)
    deliveries, rotate, *_, replay, _ = parsers[2:]
    deliveries.add_argument(
        "--state",
        choices=[each.value for each in DeliveryState],
        default=DeliveryState.DEAD.value,
        help="those in another state",
    )
    rotate.add_argument(
        "--hours", type=int, metavar="N", default=24, help="let the secret before hold so long"
    )
    for name in ("first", "last"):
        replay.add_argument(name, metavar=name.upper(), type=int)
    for action in parsers:
        add_workspace_argument(action, "the workspace of the webhook")


def add_workspaces_arguments(parser: ArgumentParser) -> None:
    """The actions of ``reunite workspaces``."""
    actions = parser.add_subparsers(dest="action", required=True, metavar="ACTION")
    create = actions.add_parser("create", help="create a workspace")
    create.add_argument("name", metavar="NAME")
    actions.add_parser("list", help="list the workspaces")
