"""Ids in addresses, of the API and of the explorer."""

from django.urls import register_converter
from django.urls.converters import IntConverter

MAX_ID = 2**63 - 1
"""The largest id that a column can hold. No row ever gets it."""


def id_of(digits: str) -> int:
    """The id of these digits; MAX_ID for a larger one.

    So an id that the database cannot have is answered like any other that there is not.
    """
    digits = digits.lstrip("0") or "0"
    return min(int(digits), MAX_ID) if len(digits) <= len(str(MAX_ID)) else MAX_ID


class IdConverter(IntConverter):
    """An id: any digits."""

    def to_python(self, value: str) -> int:
        """The id."""
        return id_of(value)


register_converter(IdConverter, "id")
