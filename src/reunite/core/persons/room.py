"""How much the answers of one batch may list, all together."""

ALWAYS_LISTED = 10
"""Every answer lists so many contacts of each person, even if other persons fill it."""

BATCH_PERSONS = 20
"""As many large persons the answers of a batch list at most, whole or as far as one answer may."""


class Room:
    """Shared by the answers of a batch, in their order.

    Each lists at most ``max_contacts``. A small person is listed whole; a larger one while there is
    room for it, and then only its oldest contacts.
    """

    def __init__(self, max_contacts: int) -> None:
        self._max_contacts = max_contacts
        self._left = BATCH_PERSONS * max_contacts

    def listed(self, size: int) -> int:
        """How many contacts the next answer lists of a person that has ``size``."""
        count = min(size, self._max_contacts)
        if count <= ALWAYS_LISTED:
            return count
        if count > self._left:
            return ALWAYS_LISTED
        self._left -= count
        return count
