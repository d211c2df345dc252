"""Ids in addresses, of the API and of the explorer."""

from django.urls import register_converter
from django.urls.converters import IntConverter


class IdConverter(IntConverter):
    """An id, as the database has them."""

    regex = "[0-9]{1,19}"

    def to_python(self, value: str) -> int:
        """The number; ValueError, which is a 404, for one that no id can be."""
        id = int(value)
        if id >= 2**63:
            raise ValueError
        return id


register_converter(IdConverter, "id")
