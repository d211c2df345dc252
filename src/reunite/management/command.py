"""The parts that the commands of Reunite share."""

from argparse import ArgumentParser
from collections.abc import Callable, Iterator, Sequence
from typing import Any, ClassVar, TypeVar

from django.core.management.base import BaseCommand, CommandError

from reunite.core.errors import DatabaseUnavailable, InvalidRequest, ReuniteError

Row = TypeVar("Row")
_AT_ONCE = 1_000


class ReuniteCommand(BaseCommand):
    """A command that takes the arguments of ``arguments``, and ends with the messages of errors."""

    requires_system_checks = ()
    arguments: "ClassVar[staticmethod[[ArgumentParser], None]]" = staticmethod(lambda _: None)

    def add_arguments(self, parser: ArgumentParser) -> None:
        """The arguments of the command, as the ``reunite`` command has them."""
        self.arguments(parser)

    def execute(self, *args: Any, **options: Any) -> str | None:
        """Run the command. Raises CommandError for errors of Reunite but a lost database."""
        try:
            return super().execute(*args, **options)
        except InvalidRequest as error:
            raise CommandError(" ".join(each.detail for each in error.errors)) from error
        except DatabaseUnavailable:
            raise
        except ReuniteError as error:
            raise CommandError(str(error)) from error


def all_pages(
    read: Callable[..., Sequence[Row]], number: Callable[[Row], int], *, after: int = 0
) -> Iterator[Row]:
    """All rows of a list: ``read`` takes ``after``, a ``number`` of a row, and ``limit``."""
    while found := read(after=after, limit=_AT_ONCE):
        yield from found
        after = number(found[-1])
