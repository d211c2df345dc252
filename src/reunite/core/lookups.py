"""What a look-up raises when there is nobody to answer with."""

from reunite.core.errors import NotFound


class PersonNotFound(NotFound):
    """Nobody has this id or identifier: POST /resolve tells whom an email or a phone belongs to."""

    code = "person_not_found"
