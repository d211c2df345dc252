"""Tombstones: what is left of an erased identifier, so that an old file can be told from a new."""

import hashlib
import hmac
from collections.abc import Iterator
from dataclasses import dataclass, replace
from enum import StrEnum

from reunite.core.identifiers import Identifier, Kind
from reunite.core.policy import Policy

KEY_MIN_LENGTH = 32
_ID_LENGTH = 8


class Remaining(StrEnum):
    """Where values stay for a while after they were erased, out of reach of any request."""

    WRITE_AHEAD_LOG = "write_ahead_log"
    OLD_ROW_VERSIONS = "old_row_versions"


@dataclass(frozen=True, slots=True)
class ErasureKey:
    """A secret that tombstones are keyed with. Without it nobody can try out values."""

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


def names(kind: Kind, given: str, *, policy: Policy) -> set[Identifier]:
    """Every identifier that a value is known by under a policy and under those next to it.

    A tombstone cannot follow when the rules change, since a hash does not tell its value. So it is
    left for each name that the value has with and without Gmail's folding and without a region.
    """
    return {Identifier(kind, key) for key in _keys(kind, given, policy)}


def _keys(kind: Kind, given: str, policy: Policy) -> Iterator[str]:
    rules = policy.normalization
    for region in {rules.default_region, None}:
        for fold_gmail in (True, False):
            other = replace(rules, default_region=region, fold_gmail=fold_gmail)
            try:
                yield replace(policy, normalization=other).normalized(kind, given)
            except ValueError:
                continue
