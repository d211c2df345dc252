"""API keys: create, list, revoke."""

import secrets
from collections.abc import Collection
from dataclasses import dataclass
from datetime import UTC, datetime

from reunite.core.access.callers import KeyScope, sorted_scopes
from reunite.core.access.keys import SECRET_BYTES, SHORT_BYTES, make_key
from reunite.core.access.names import require_name
from reunite.core.errors import FieldError, FirstKeyByCommand, InvalidRequest, KeyNotFound
from reunite.core.scope import Scope
from reunite.services.access.door import door
from reunite.store.access import api_keys
from reunite.store.access.api_keys import ApiKey
from reunite.store.database.queries import outside
from reunite.store.database.transactions import Transaction, retried, transaction


@dataclass(frozen=True, slots=True)
class NewKey:
    """A key that was just created, and its text, which is stored nowhere."""

    key: ApiKey
    text: str


def create_key(
    scope: Scope, name: str, scopes: Collection[KeyScope], *, expires_at: datetime | None = None
) -> NewKey:
    """Create a key of the workspace. Several may have one name, as when one replaces another.

    Raises InvalidRequest, or TemporarilyUnavailable.
    """
    require_key(name, scopes, expires_at)

    def attempt(seconds_left: float) -> NewKey:
        with transaction(wait_seconds=seconds_left) as locked:
            created = insert_key(scope, locked, name, scopes, expires_at=expires_at)
            locked.commit()
        return created

    created = retried(attempt)
    door.forget()
    return created


def require_key(
    name: str, scopes: Collection[KeyScope], expires_at: datetime | None = None
) -> None:
    """Raise InvalidRequest unless a key may have this name, these scopes and this end."""
    require_name("name", name)
    if not scopes:
        raise InvalidRequest(FieldError("scopes", "required", "Send at least one scope."))
    if expires_at is not None and expires_at <= datetime.now(UTC):
        raise InvalidRequest(FieldError("expiresAt", "in_the_past", "Send a time in the future."))


def insert_key(
    scope: Scope,
    locked: Transaction,
    name: str,
    scopes: Collection[KeyScope],
    *,
    expires_at: datetime | None = None,
) -> NewKey:
    """Create a key within a transaction."""
    text, given = make_key(secrets.token_bytes(SHORT_BYTES), secrets.token_bytes(SECRET_BYTES))
    now = datetime.now(UTC)
    id = locked.read(
        api_keys.insert(scope, given, name, sorted_scopes(scopes), at=now, expires_at=expires_at)
    )
    return NewKey(
        ApiKey(
            id=id,
            workspace_id=scope.workspace_id,
            name=name,
            short=given.short,
            digest=given.digest,
            scopes=frozenset(scopes),
            created_at=now,
            created_by=scope.who,
            expires_at=expires_at,
            revoked_at=None,
            last_used_at=None,
        ),
        text,
    )


def require_holder(scope: Scope) -> None:
    """Raise FirstKeyByCommand for a caller without a key."""
    if scope.who is None:
        raise FirstKeyByCommand


def list_keys(scope: Scope, *, after: int, limit: int) -> list[ApiKey]:
    """Up to ``limit`` keys of the workspace, also those that hold no more, by id."""
    return outside.read(api_keys.listed(scope, after=after, limit=limit))


def revoke_key(scope: Scope, key_id: int) -> ApiKey:
    """Let a key of the workspace hold no more; the key. Again, it changes nothing.

    Other processes may let the key in for ``door.SECONDS_KNOWN``. Raises KeyNotFound.
    """

    def attempt(seconds_left: float) -> None:
        with transaction(wait_seconds=seconds_left) as locked:
            locked.commit(api_keys.revoke(scope, key_id, at=datetime.now(UTC)))

    retried(attempt)
    door.forget()
    found = outside.read(api_keys.read_one(scope, key_id))
    if found is None:
        raise KeyNotFound
    return found


def sign_out(name: str) -> None:
    """End all sign-ins with a key; ``name`` is the one that ``door.remember`` gave to one of them.

    Other processes may let them in for ``door.SECONDS_KNOWN``. Raises TemporarilyUnavailable.
    """
    short = name.partition(".")[0]

    def attempt(seconds_left: float) -> None:
        with transaction(wait_seconds=seconds_left) as locked:
            locked.commit(api_keys.sign_out(short, at=datetime.now(UTC)))

    retried(attempt)
    door.forget()


def find_key(scope: Scope, short: str) -> ApiKey:
    """The key of the workspace with this short part. Raises KeyNotFound."""
    found = outside.read(api_keys.find(short))
    if found is None or found.workspace_id != scope.workspace_id:
        raise KeyNotFound
    return found
