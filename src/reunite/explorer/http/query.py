"""Numbers in addresses and forms: where a page of a list begins, and ids."""

from django.http import HttpRequest

from reunite.core.errors import FieldError, InvalidRequest
from reunite.core.ids import MAX_ID, id_of


def number_in(request: HttpRequest, name: str) -> int:
    """The number with that name in the address; 0 without one. Raises InvalidRequest."""
    return number(request.GET.get(name, "0"), name)


def number(text: str, name: str) -> int:
    """The number that a field with that name holds, as ids are. Raises InvalidRequest."""
    given = text.strip()
    is_number = given.isascii() and given.isdecimal()
    if not is_number or id_of(given) == MAX_ID:
        raise InvalidRequest(FieldError(name, "invalid_type", f"{name} must be a number: digits."))
    return id_of(given)
