"""What nodes of the evidence are called: on a page, and in the fields of forms."""

import unicodedata
from collections.abc import Mapping

from reunite.core.errors import FieldError, InvalidRequest
from reunite.core.identifiers.kinds import Identifier, kind_of
from reunite.core.persons.evidence import Node
from reunite.core.policy.declared import is_name

_MAX_DIGITS = 18
# Unicode Standard Annex #9.
_HARMLESS = frozenset({"L", "EN", "ES", "ET", "CS", "NSM", "BN", "WS", "ON", "AN", ""})
FIRST_STRONG_ISOLATE, _POP_ISOLATE = "\u2068", "\u2069"


_COLON = "~"  # Of the name of a kind, in which it cannot be.


def token_of(node: Node) -> str:
    """The name of a node in a form. It is never part of an address."""
    if isinstance(node, int):
        return str(node)
    return f"{node.kind.replace(':', _COLON)}:{node.key}"


def node_of(token: str) -> Node:
    """The node of a token. Raises InvalidRequest."""
    if token.isascii() and token.isdecimal() and len(token) <= _MAX_DIGITS:
        return int(token)
    name, _, key = token.partition(":")
    kind = name.replace(_COLON, ":")
    if is_name(kind) and key:
        return Identifier(kind_of(kind), key)
    raise InvalidRequest(FieldError("end", "invalid_end", "Select contacts or identifiers."))


def label_of(node: Node, given: Mapping[Identifier, str | None]) -> str:
    """What a node is called: a contact by its id, an identifier by its value as first given."""
    return f"Contact {node}" if isinstance(node, int) else isolated(given.get(node) or node.key)


def isolated(value: str) -> str:
    """The value, so that none of its characters changes the direction of the text around it."""
    if all(unicodedata.bidirectional(each) in _HARMLESS for each in value):
        return value
    return f"{FIRST_STRONG_ISOLATE}{value}{_POP_ISOLATE}"
