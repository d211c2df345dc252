"""The door: which caller a request is of, remembered for seconds.

So a request with a known key asks the database nothing. A revoked key may still be let in by
another process for SECONDS_KNOWN. Memory is bounded for any input.
"""

import hashlib
import hmac
import threading
import time
from collections.abc import Callable
from contextlib import suppress
from datetime import UTC, datetime
from typing import Generic, TypeVar

from reunite.conf import reunite_settings
from reunite.core.access.callers import (
    ANYBODY,
    BOOTSTRAP,
    OPERATOR,
    Caller,
    KeyScope,
    Needs,
    require_scope,
)
from reunite.core.access.keys import MAX_LENGTH, PREFIX, read_key
from reunite.core.errors import (
    KeyExpired,
    KeyMissing,
    KeyRevoked,
    KeyUnknown,
    ReuniteError,
    Unauthenticated,
)
from reunite.store.access import api_keys
from reunite.store.access.api_keys import ApiKey
from reunite.store.database.queries import outside
from reunite.store.database.transactions import transaction

SECONDS_KNOWN = 5.0
"""How long a key that was let in needs no query, and a revocation is not noticed."""
SECONDS_REFUSED = 1.0
"""How long a key that was refused needs no query."""
MAX_KNOWN, MAX_REFUSED = 10_000, 1_000
_ADMINISTRATION: Needs = (KeyScope.ADMIN,)

Value = TypeVar("Value")


class Remembered(Generic[Value]):
    """Values by names, each until a time; the oldest give way to new ones."""

    def __init__(self, count: int) -> None:
        self._count = count
        self._values: dict[bytes, tuple[Value, float]] = {}
        self._writing = threading.Lock()

    def get(self, name: bytes, now: float) -> Value | None:
        """The value, if it is known and its time is not over."""
        found = self._values.get(name)
        return found[0] if found is not None and now < found[1] else None

    def put(self, name: bytes, value: Value, until: float) -> None:
        """Remember a value."""
        with self._writing:
            self._values.pop(name, None)
            while len(self._values) >= self._count:
                del self._values[next(iter(self._values))]
            self._values[name] = value, until

    def clear(self) -> None:
        """Forget all."""
        with self._writing:
            self._values.clear()


class Door:
    """Lets callers in. ``clock`` counts seconds from anywhere."""

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._known: Remembered[Caller] = Remembered(MAX_KNOWN)
        self._refused: Remembered[type[Unauthenticated]] = Remembered(MAX_REFUSED)
        self._keys_are_there: Remembered[bool] = Remembered(1)

    def let_in(self, authorization: str | None, needs: Needs) -> Caller:
        """Who sends this header; raises Unauthenticated, or ScopeMissing for other needs.

        While there is no key, it is anybody, if the settings let the server be open. What begins
        like a key must be one even then: it speaks of a workspace.

        For what administrators alone may do, the database is asked each time. So a revoked key
        makes no other keys.
        """
        caller = self._caller(_token(authorization), anew=needs == _ADMINISTRATION)
        require_scope(caller, needs)
        return caller

    def remember(self, token: str) -> str:
        """What names a sign-in with a key later on, without its secret. Raises Unauthenticated.

        It is the short part of the key, and the time in milliseconds: a later sign-out ends it.
        """
        caller = self._caller(token)
        given = read_key(token)
        if given is not None:
            return f"{given.short}.{_milliseconds(datetime.now(UTC))}"
        if caller != OPERATOR:
            raise KeyUnknown
        return BOOTSTRAP

    def let_in_again(self, name: str, needs: Needs) -> Caller:
        """The caller of a name that ``remember`` gave; raises as ``let_in`` does."""
        caller = self._again(name, anew=needs == _ADMINISTRATION)
        require_scope(caller, needs)
        return caller

    def forget(self) -> None:
        """Ask the database again from now on: a key was created or revoked."""
        for each in (self._known, self._refused, self._keys_are_there):
            each.clear()

    def _caller(self, token: str | None, *, anew: bool = False) -> Caller:
        if token and token.startswith(PREFIX):
            return self._holder(token, anew=anew)
        settings = reunite_settings()
        bootstrap = settings.BOOTSTRAP_KEY
        if (bootstrap or settings.OPEN_WITHOUT_KEYS) and not self._has_keys(anew=anew):
            if not bootstrap:
                return ANYBODY
            if token and _are_equal(token, bootstrap):
                return OPERATOR
        raise KeyUnknown if token else KeyMissing

    def _again(self, name: str, *, anew: bool) -> Caller:
        if name == BOOTSTRAP:
            return self._caller(reunite_settings().BOOTSTRAP_KEY, anew=anew)
        now = self._clock()
        # No digest is as short, so no key that is sent can be remembered under it.
        if not anew and (caller := self._known.get(name.encode(), now)) is not None:
            return caller
        short, _, signed_in_at = name.partition(".")
        found = outside.read(api_keys.find(short))
        if found is None:
            raise KeyUnknown
        signed_out_at = found.signed_out_at
        if signed_out_at is not None and int(signed_in_at or 0) <= _milliseconds(signed_out_at):
            raise KeyMissing
        caller, seconds = _holding(found)
        self._known.put(name.encode(), caller, now + seconds)
        return caller

    def _has_keys(self, *, anew: bool) -> bool:
        now = self._clock()
        found = self._keys_are_there.get(b"", now)
        if found is None or (anew and not found):
            found = outside.read(api_keys.are_there())
            self._keys_are_there.put(b"", found, now + SECONDS_KNOWN)
        return found

    def _holder(self, token: str, *, anew: bool) -> Caller:
        now = self._clock()
        # Memory holds no secret.
        name = hashlib.sha256(token.encode()).digest()
        if not anew and (caller := self._known.get(name, now)) is not None:
            return caller
        if (refused := self._refused.get(name, now)) is not None:
            raise refused
        try:
            caller, seconds = self._read(token)
        except Unauthenticated as error:
            self._refused.put(name, type(error), now + SECONDS_REFUSED)
            raise
        self._known.put(name, caller, now + seconds)
        return caller

    def _read(self, token: str) -> tuple[Caller, float]:
        """Who holds a key, and for how many seconds that may be remembered."""
        given = read_key(token) if len(token) <= MAX_LENGTH else None
        found = outside.read(api_keys.find(given.short)) if given is not None else None
        if given is None or found is None or not _are_equal(found.digest, given.digest):
            raise KeyUnknown
        return _holding(found)


door = Door()
"""The one of this process."""


def keys_are_asked_for() -> bool:
    """Whether a key exists, in the database or in the settings: then each request needs a key."""
    return bool(reunite_settings().BOOTSTRAP_KEY) or keys_were_created()


def keys_were_created() -> bool:
    """Whether there is a key, also one that expired or was revoked."""
    return outside.read(api_keys.are_there())


def _holding(found: ApiKey) -> tuple[Caller, float]:
    """Who holds a stored key, and for how many seconds that may be remembered."""
    now = datetime.now(UTC)
    if found.revoked_at is not None:
        raise KeyRevoked
    seconds = SECONDS_KNOWN
    if found.expires_at is not None:
        seconds = min(seconds, (found.expires_at - now).total_seconds())
    if seconds <= 0:
        raise KeyExpired
    _note_used(found, now)
    return Caller(found.workspace_id, found.name, found.scopes), seconds


def _milliseconds(at: datetime) -> int:
    return int(at.timestamp() * 1000)


def _token(authorization: str | None) -> str | None:
    """The text after ``Bearer`` in the header; None for no text, or another way to authenticate."""
    scheme, _, token = (authorization or "").strip().partition(" ")
    return token.strip() or None if scheme.lower() == "bearer" else None


def _are_equal(one: str, other: str) -> bool:
    """Whether two texts are equal, in a time that does not tell where they differ."""
    return hmac.compare_digest(one.encode(), other.encode())


def _note_used(key: ApiKey, at: datetime) -> None:
    """Write when the key was used last, if that can be done without waiting."""
    if key.was_used_before(at):
        with suppress(ReuniteError), transaction(wait_seconds=0) as locked:
            locked.commit(api_keys.used(key.id, at=at))
