"""Tombstones: keyed hashes of erased identifiers, which recognise erased values in old files."""

import hashlib
import hmac
import re
import unicodedata
from collections.abc import Collection, Iterator
from dataclasses import dataclass, replace
from enum import StrEnum
from urllib.parse import unquote

from reunite.core.identifiers.kinds import Identifier, Kind
from reunite.core.policy.policy import Policy

KEY_MIN_LENGTH = 32
_ID_LENGTH = 8
# Shorter numbers are found in every date.
_NUMBER_MIN_DIGITS = 6
# Nor are shorter values of declared kinds told from other text.
_DECLARED_MIN_LENGTH = 6
_NUMBER = re.compile(r"\d(?:[\s()./+_-]*\d)*")


class Remaining(StrEnum):
    """Where values stay for a while after they were erased, out of reach of any request."""

    WRITE_AHEAD_LOG = "write_ahead_log"
    OLD_ROW_VERSIONS = "old_row_versions"


@dataclass(frozen=True, slots=True)
class ErasureKey:
    """The secret key of tombstones. Without it, trying out values finds nothing."""

    secret: str

    @property
    def id(self) -> str:
        """A name that does not tell the secret: tombstones carry it, so that keys can change."""
        return hashlib.sha256(f"reunite erasure key {self.secret}".encode()).hexdigest()[
            :_ID_LENGTH
        ]

    def digest(self, identifier: Identifier) -> str:
        """The keyed hash of an identifier, HMAC-SHA256 (RFC 2104) of its kind and canonical value.

        64 hexadecimal digits.
        """
        message = f"{identifier.kind} {identifier.key}".encode()
        return hmac.new(self.secret.encode(), message, hashlib.sha256).hexdigest()


def names(kind: str, given: str, *, policy: Policy) -> set[Identifier]:
    """Every identifier that a value is known by under a policy and under those next to it.

    A tombstone cannot follow when the rules change, since a hash does not tell its value. So it is
    left for each name that the value has with and without Gmail's folding and without a region.
    """
    return {Identifier(kind, key) for key in _keys(kind, given, policy)}


def mentions(text: str, values: Collection[tuple[str, str]]) -> bool:
    """Whether a text holds one of the values, given or canonical, however it is spelt.

    Case, Unicode's compatible forms, percent-encoding and the signs between digits do not matter.
    Numbers of fewer than six digits, and shorter values of declared kinds, are not sought.
    """
    sought = _plain(text)
    numbers = [_digits(each) for each in _NUMBER.findall(sought)]
    for kind, value in values:
        if kind is not Kind.PHONE:
            is_long = kind is Kind.EMAIL or len(value) >= _DECLARED_MIN_LENGTH
            if is_long and _plain(value) in sought:
                return True
        elif len(digits := _digits(_plain(value))) >= _NUMBER_MIN_DIGITS and any(
            digits in each for each in numbers
        ):
            return True
    return False


def _plain(text: str) -> str:
    return unicodedata.normalize("NFKC", unquote(unquote(text))).casefold()


def _digits(text: str) -> str:
    return "".join(str(unicodedata.decimal(each)) for each in text if each.isdecimal())


def _keys(kind: str, given: str, policy: Policy) -> Iterator[str]:
    rules = policy.normalization
    for region in {rules.default_region, None}:
        for fold_gmail in (True, False):
            other = replace(rules, default_region=region, fold_gmail=fold_gmail)
            try:
                yield replace(policy, normalization=other).normalized(kind, given)
            except ValueError:
                continue
