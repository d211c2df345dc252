"""Signs around and inside a value that do not belong to it, as programs and people write them."""

import html
import re

# Unicode's Default_Ignorable_Code_Point: what is there and cannot be seen.
_INVISIBLE = (
    "\u00ad\u034f\u061c\u115f\u1160\u17b4\u17b5\u180b-\u180f\u200b\u200e\u200f\u202a-\u202e"
    "\u2060-\u206f\u3164\ufe00-\ufe0f\ufeff\uffa0\ufff0-\ufff8\U0001bca0-\U0001bca3"
    "\U0001d173-\U0001d17a\U000e0000-\U000e0fff"
)
_JOINERS = "\u200c\u200d"
_ALL_INVISIBLE = re.compile(f"[{_INVISIBLE}{_JOINERS}]")
_INVISIBLE_BUT_JOINERS = re.compile(f"[{_INVISIBLE}]")
# A name has to end in a semicolon: an ampersand may stand in an email address.
_ENTITY = re.compile(r"&(?:#[0-9]{1,7};?|#x[0-9a-f]{1,6};?|[a-z][a-z0-9]{1,30};)", re.IGNORECASE)
_QUOTES = "\"'`\u201c\u201d\u201e\u201f\u2018\u2019\u201a\u201b\u00ab\u00bb\u2039\u203a"
_NOT_TEXT = re.compile(r"[\x00\ud800-\udfff]")


def require_text(given: str) -> None:
    """Raise ValueError for what no database and no encoding can hold."""
    if _NOT_TEXT.search(given):
        raise ValueError("Holds a NUL or half a surrogate pair: send plain text.")


def without_invisible(text: str, *, but_joiners: bool = False) -> str:
    """Without characters that cannot be seen, such as a zero-width space or a mark of direction."""
    if text.isascii():
        return text
    return (_INVISIBLE_BUT_JOINERS if but_joiners else _ALL_INVISIBLE).sub("", text)


def decoded(text: str) -> str:
    """With the characters that entities of HTML stand for: ``o&#039;brien`` is ``o'brien``."""
    return _ENTITY.sub(lambda entity: html.unescape(entity[0]), text) if "&" in text else text


def unquoted(text: str) -> str:
    """Without quotes around it, or before it as spreadsheets mark text: ``'123``, ``="123"``."""
    if text.startswith('="'):
        text = text[1:]
    if len(text) > 1 and text[0] in _QUOTES and text[-1] in _QUOTES:
        return text[1:-1].strip()
    return text.removeprefix("'").strip()
