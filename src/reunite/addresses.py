"""Ids in addresses, of the API and of the explorer."""

from django.urls import register_converter
from django.urls.converters import IntConverter

from reunite.core.ids import id_of


class IdConverter(IntConverter):
    """An id: any digits."""

    def to_python(self, value: str) -> int:
        """The id."""
        return id_of(value)


register_converter(IdConverter, "id")
