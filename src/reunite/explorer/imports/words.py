"""Messages about files name options of the command and of the API; a page names its fields."""

import re

_FIELDS = {
    "email": "Email",
    "phone": "Phone number",
    "identifier": "Declared kind",
    "created-at": "Time",
    "createdAt": "Time",
    "external-id": "External id",
    "externalId": "External id",
    "source": "Source",
    "date-format": "Form of times",
    "dateFormat": "Form of times",
    "skip-lines": "Lines above the header",
    "skipLines": "Lines above the header",
    "encoding": "Encoding",
    "format": "Format",
}
FIELDS = {
    "email": "Email",
    "phone_number": "Phone number",
    "created_at": "Time",
    "external_id": "External id",
    "source": "Source",
}
"""What a column can be read as."""
_OPTION = re.compile(rf"(?:--|[?&])({'|'.join(_FIELDS)})(?![\w-])[= ]?")
_BEFORE_SIGN = re.compile("” (?=[,.;:])")
_MORE = re.compile(r": to have (?:all|both) read, .*")


def on_a_page(message: str) -> str:
    """The message with names of fields of the page."""
    named = _OPTION.sub(lambda found: f"“{_FIELDS[found[1]]}” ", _MORE.sub("", message))
    return _BEFORE_SIGN.sub("”", named)
