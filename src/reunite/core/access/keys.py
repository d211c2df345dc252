"""The form of API keys: ``ru_<short>_<secret><checksum>``.

The short part is stored and shown, and says which key it is. Of the secret only the SHA-256 is
stored: that is enough for 256 random bits. The checksum lets scanners of source code recognise a
key, and refuses a mistyped key before the database is asked.
"""

import hashlib
import re
import zlib
from dataclasses import dataclass

PREFIX = "ru_"
SHORT_BYTES, SECRET_BYTES = 4, 32
_DIGITS = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"
_SECRET_LENGTH, _CHECKSUM_LENGTH = 43, 6
_FORM = re.compile(
    rf"(?P<named>{PREFIX}(?P<short>[0-9a-f]{{{2 * SHORT_BYTES}}})"
    rf"_(?P<secret>[0-9A-Za-z]{{{_SECRET_LENGTH}}}))"
    rf"(?P<checksum>[0-9A-Za-z]{{{_CHECKSUM_LENGTH}}})"
)
MAX_LENGTH = len(PREFIX) + 2 * SHORT_BYTES + 1 + _SECRET_LENGTH + _CHECKSUM_LENGTH


@dataclass(frozen=True, slots=True)
class GivenKey:
    """A well-formed key as a request has it: its short part, and the digest of its secret."""

    short: str
    digest: str


def make_key(short: bytes, secret: bytes) -> tuple[str, GivenKey]:
    """The key of ``SHORT_BYTES`` and ``SECRET_BYTES`` random bytes: its text, and its parts."""
    text = _base62(int.from_bytes(secret), _SECRET_LENGTH)
    named = f"{PREFIX}{short.hex()}_{text}"
    return named + _checksum(named), _given(short.hex(), text)


def read_key(text: str) -> GivenKey | None:
    """The parts of a key; None if the text is no key, or has another checksum."""
    found = _FORM.fullmatch(text)
    if found is None or found["checksum"] != _checksum(found["named"]):
        return None
    return _given(found["short"], found["secret"])


def _given(short: str, secret: str) -> GivenKey:
    return GivenKey(short, hashlib.sha256(secret.encode()).hexdigest())


def _checksum(named: str) -> str:
    return _base62(zlib.crc32(named.encode()), _CHECKSUM_LENGTH)


def _base62(number: int, length: int) -> str:
    digits = []
    for _ in range(length):
        number, digit = divmod(number, len(_DIGITS))
        digits.append(_DIGITS[digit])
    return "".join(reversed(digits))
