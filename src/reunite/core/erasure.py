"""Tombstones: what is left of an erased identifier, so that an old file can be told from a new."""

import hashlib
import hmac

from reunite.core.identifiers import Identifier


def digest(identifier: Identifier, *, key: str) -> str:
    """The keyed hash of an identifier, HMAC-SHA256 (RFC 2104) of its kind and canonical value.

    64 hexadecimal digits. Without the key nobody can try out which values it may stand for.
    """
    message = f"{identifier.kind} {identifier.key}".encode()
    return hmac.new(key.encode(), message, hashlib.sha256).hexdigest()
