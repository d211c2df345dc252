"""Reading the values of many contacts by a policy: most by patterns, every other value once."""

import re
from collections.abc import Callable
from functools import lru_cache

from reunite.core.identifiers.kinds import MAX_LENGTHS, Kind
from reunite.core.policy.clean import WRITTEN_BETWEEN_DIGITS, clean_rules
from reunite.core.policy.keys import read_key
from reunite.core.policy.policy import Policy

_VALUES_REMEMBERED = 50_000
_WITHOUT_SIGNS = str.maketrans("", "", WRITTEN_BETWEEN_DIGITS)


class KeyReader:
    """Gives values the keys that ``read_key`` gives them; ten times as fast if they are clean.

    Remembers some of the values that are not.
    """

    def __init__(self, policy: Policy) -> None:
        self._policy = policy
        rules = clean_rules(policy)
        self._email, self._email_not, self._phone, self._phone_not = (
            re.compile(pattern, re.ASCII)
            for pattern in (rules.email, rules.email_not, rules.phone, rules.phone_not)
        )
        self._clean: dict[str, Callable[[str], str | None]] = {}
        if rules.are_enough:
            self._clean = {Kind.EMAIL: self._clean_email, Kind.PHONE: self._clean_phone}
        self._read = lru_cache(_VALUES_REMEMBERED)(
            lambda kind, given: read_key(kind, given, policy=policy)[0]
        )

    def key(self, kind: str, given: str) -> str | None:
        """The key that the policy alone gives a value; None if it has none."""
        clean = self._clean.get(kind)
        key = clean(given) if clean and len(given) <= MAX_LENGTHS[kind] else None
        return self._read(kind, given) if key is None else key

    def form(self, kind: str, given: str) -> str:
        """The form that finds a value of a declared kind, counting or not."""
        return self._policy.form(kind, given)

    def _clean_email(self, given: str) -> str | None:
        # Some other signs are ASCII in lower case.
        key = given.lower() if given.isascii() else given
        return key if self._email.fullmatch(key) and not self._email_not.search(key) else None

    def _clean_phone(self, given: str) -> str | None:
        key = given.translate(_WITHOUT_SIGNS)
        return key if self._phone.fullmatch(given) and not self._phone_not.search(key) else None
