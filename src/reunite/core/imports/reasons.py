"""Why a row of a file, or a value of it, is not taken: the reasons that lists and counts tell."""

FIELDS = {
    "invalid_created_at": "created_at",
    "invalid_external_id": "external_id",
    "invalid_source": "source",
    "no_identifier": None,
    "invalid_email": "email",
    "invalid_phone_number": "phone_number",
    "invalid_identifier": "identifiers",
    "too_many_values": None,
    "no_usable_identifier": None,
    "not_joined": None,
}
"""The reasons that one row may have several of, in order: the first is why the row is refused.

Each with the field whose value is wrong; None where it is of the row as a whole.
"""

REASONS = tuple(FIELDS)
