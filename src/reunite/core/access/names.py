"""Names of keys and workspaces: short text for people."""

from reunite.core.errors import FieldError, InvalidRequest

NAME_MAX_LENGTH = 100


def require_name(field: str, name: str) -> None:
    """Raise InvalidRequest for an empty, long or unprintable name, and for spaces around it."""
    if not (0 < len(name) <= NAME_MAX_LENGTH and name.isprintable() and name == name.strip()):
        detail = (
            f"No name: send up to {NAME_MAX_LENGTH} printable characters, without spaces around."
        )
        raise InvalidRequest(FieldError(field, "invalid_name", detail))
