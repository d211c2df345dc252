"""Ids of rows, as clients write them."""

MAX_ID = 2**63 - 1
"""The largest id that a column can hold. No row ever gets it."""


def id_of(digits: str) -> int:
    """The id of these digits; MAX_ID for a larger one.

    So an id that the database cannot have is answered like any other that there is not, and no
    text is too long to be read as a number.
    """
    digits = digits.lstrip("0") or "0"
    return min(int(digits), MAX_ID) if len(digits) <= len(str(MAX_ID)) else MAX_ID
