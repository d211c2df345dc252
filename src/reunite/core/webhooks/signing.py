"""Secrets of webhooks, and the form in which they are stored.

With a signing key, which is kept outside the database, the database holds a salt alone: the secret
is HMAC-SHA256 (RFC 2104) of the salt with the key. Without a key the secret itself is stored.
"""

import base64
import hashlib
import hmac
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Self

PREFIX = "whsec_"
RANDOM_BYTES = 32
"""How many random bytes a secret, or its salt, is made of."""
_MADE = "made"
_ID_LENGTH = 8


@dataclass(frozen=True, slots=True)
class SigningKey:
    """A key that makes secrets of salts."""

    secret: str

    @property
    def id(self) -> str:
        """A name that does not tell the key: stored secrets carry it, so that keys can change."""
        text = f"reunite webhook key {self.secret}"
        return hashlib.sha256(text.encode()).hexdigest()[:_ID_LENGTH]

    def text(self, salt: str) -> str:
        """The secret that a salt stands for, as the receiver has it."""
        return _text(hmac.digest(self.secret.encode(), f"webhook {salt}".encode(), hashlib.sha256))

    def __repr__(self) -> str:
        return f"SigningKey({self.id})"


@dataclass(frozen=True, slots=True)
class NewText:
    """A secret that was just made: as the receiver has it, and as it is stored."""

    text: str
    stored: str

    @classmethod
    def of(cls, random: bytes, key: SigningKey | None) -> Self:
        """A secret of RANDOM_BYTES random bytes, with the current key if there is one."""
        if key is None:
            text = _text(random)
            return cls(text, text)
        salt = random.hex()
        return cls(key.text(salt), f"{_MADE}:{key.id}:{salt}")


def texts_of(stored: Iterable[str], keys: Iterable[SigningKey]) -> list[str]:
    """The secrets as the receiver has them, without those whose key is not known."""
    known = {key.id: key for key in keys}
    texts = []
    for each in stored:
        form, *parts = each.split(":")
        if form != _MADE:
            texts.append(each)
        elif key := known.get(parts[0]):
            texts.append(key.text(parts[1]))
    return texts


def _text(secret: bytes) -> str:
    return PREFIX + base64.b64encode(secret).decode()
