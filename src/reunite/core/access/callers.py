"""Who calls, and what the caller may do."""

from collections.abc import Iterable
from dataclasses import dataclass
from enum import StrEnum

from reunite.core.errors import ScopeMissing
from reunite.core.scope import DEFAULT_WORKSPACE_ID

BOOTSTRAP = "bootstrap"
"""The name of the key in the settings, which holds while the database has no key."""


class KeyScope(StrEnum):
    """A permission of a key. ``admin`` includes all others."""

    IDENTIFY = "identify"
    READ = "read"
    REPAIR = "repair"
    IMPORT = "import"
    FEED = "feed"
    METRICS = "metrics"
    ADMIN = "admin"


Needs = tuple[KeyScope, ...]
"""The scopes of an operation: the caller needs one of them, or ``admin``."""
PUBLIC: Needs = ()
"""The needs of an operation that asks for no key."""


@dataclass(frozen=True, slots=True)
class Caller:
    """Who sent a request: the name of the key, its workspace and its scopes.

    Without a name it is anybody, on a server that is open.
    """

    workspace_id: int
    name: str | None
    scopes: frozenset[KeyScope]


ANYBODY = Caller(DEFAULT_WORKSPACE_ID, None, frozenset(KeyScope))
OPERATOR = Caller(DEFAULT_WORKSPACE_ID, BOOTSTRAP, frozenset({KeyScope.ADMIN}))
"""Who holds the bootstrap key."""


def require_scope(caller: Caller, needs: Needs) -> None:
    """Raise ScopeMissing unless the caller has one of the scopes."""
    if caller.scopes.isdisjoint((*needs, KeyScope.ADMIN)):
        raise ScopeMissing(needs)


def sorted_scopes(scopes: Iterable[KeyScope]) -> tuple[KeyScope, ...]:
    """The scopes in the order of their declaration, each once."""
    return tuple(each for each in KeyScope if each in set(scopes))
