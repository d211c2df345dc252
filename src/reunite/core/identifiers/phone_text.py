"""What people write where a phone number belongs: which digits are its own.

A value is one number, with what is known to stand around it, or it is refused: digits of a date, of
an amount or of a second number would become part of a number that two strangers may share.
"""

import re
import unicodedata
from dataclasses import dataclass
from typing import NoReturn

from reunite.core.identifiers.wrapping import decoded, unquoted, without_invisible

PHONE_MAX_LENGTH = 64
MAX_DIGITS = 15
"""ITU-T E.164, 6.2.1: the country code and all behind it."""
_MIN_DIGITS = 7
"""The least digits of a number that may be complete without an area code."""
_MIN_DIGITS_BESIDE_LABEL = 6

TOO_LONG = f"Too long for a phone number: send at most {PHONE_MAX_LENGTH} characters."
NO_NUMBER = "Not a phone number: send one with at least one digit, like 123456."
NOT_ONE = (
    "Not one phone number: send one, its digits and the signs between them, like "
    f"+1 (415) 555-2671, with at most {MAX_DIGITS} digits."
)

ROUNDED = (
    "A rounded phone number: its last digits are lost. Send all digits, like 4155552671 and not "
    "4.15555E+09; in a spreadsheet, format the column as text."
)

MASKED = "A masked phone number: some of its digits are hidden. Send all digits, like 4155552671."

# Dashes of all kinds, dots in the middle, and what is written between thousands.
_SIGN = r"\s().\[\]/_'~\u00b7\u2010-\u2015\u2019\u2022\u2043\u2212\u2219\u2500\u301c\u30fc\-"
_DIGITS = rf"\d(?:[{_SIGN}\d]*\d)?"
_NUMBER = re.compile(rf"[(\[]*\+?[{_SIGN}]*{_DIGITS}[{_SIGN}]*")
_IN_LETTERS = re.compile(rf"(\+?[{_SIGN}]*{_DIGITS})([{_SIGN}]*)([a-z](?:[{_SIGN}a-z]*[a-z])?)")
_REMARK = r"[^\d+@=%&;|*#$€£^<>\\]*"
_NUMBER_IN_REMARK = re.compile(rf"{_REMARK}(\+?{_DIGITS}){_REMARK}")

_LABEL = (
    "tel|telefon|telephone|telefono|teléfono|téléphone|fon|phone|phone number|ph|mobile|mobil|mob"
    "|cell|cellular|celular|movil|móvil|handy|portable|home|work|office|business|private|privat"
    "|main|direct|fax|whatsapp|viber|signal|callto|sms"
)
# A single letter, too, says what kind of number it is: "m: 555 2671" and "555 2671 (h)".
_LABEL_BEFORE = re.compile(rf"[(\[]?(?:{_LABEL})(?![^\W\d_])[)\]]?[\s.:=/-]*|[tmphwcof][.:]+\s*")
_LABEL_BEHIND = re.compile(rf"[\s,:(\[-]+(?:{_LABEL})[)\].]*$|\s*\([tmphwcof]\)$")
_EXTENSION = re.compile(
    r"[\s,;(]*(?:;ext=|(?<![^\W\d_])(?:extension|extn|ext|xtn|x|ramal|anexo|int|durchwahl|dw|доб)"
    r"[.:]?|#)\s*(\d{1,7})[)#.]*$"
)
_OF_MESSENGER = re.compile(r"(\+?\d+)(?:\.\d+)?(?::\d+)?@(?:s\.whatsapp\.net|c\.us)")
# What a spreadsheet makes of a number that begins with a plus.
_FORMULA = re.compile(r"^=(?=\+?\d)")
_WHOLE = re.compile(r"(\+?\d+)[.,]0+")
# A spreadsheet's or a program's way to write many digits; it is the number if none is lost.
_SCIENTIFIC = re.compile(r"(\+?)([1-9])[.,](\d+)e\+?(\d{1,2})")
_NO_PHONE = re.compile(
    r"-\d+(?:[.,]\d+)?"  # Less than nothing.
    r"|\d{7,}\.\d{1,3}"  # A fraction.
    r"|(?:19|20)\d\d([-/.])(?:0?[1-9]|1[0-2])\1(?:0?[1-9]|[12]\d|3[01])"  # Dates.
    r"|(?:0?[1-9]|[12]\d|3[01])([-/.])(?:0?[1-9]|[12]\d|3[01])\2(?:19|20)\d\d"
)
# Signs that stand for digits, as in •••• 2671. One of them alone may stand between digits.
_MASKED = re.compile(r"[*_\u2022]{2}|\.{3}")
_BETWEEN_GROUPS = re.compile(r"\s+(?:[\u2010-\u2015-]\s+)?")
_KEYPAD = str.maketrans("abcdefghijklmnopqrstuvwxyz", "22233344455566677778889999")


@dataclass(frozen=True, slots=True)
class Written:
    """One number: its ``digits``, whether a ``+`` stands before them, and its extension.

    ``letters`` are the digits of the word that follows, if one does, on the keys of a phone (ITU-T
    E.161). ``has_remark`` where the words beside the number are none of those that are known: then
    it is a number only if it is valid.
    """

    digits: str
    has_plus: bool = False
    extension: str = ""
    letters: str = ""
    has_remark: bool = False


def read_number(given: str) -> Written:
    """The number in a value of at most PHONE_MAX_LENGTH characters.

    Raises ValueError, saying what to send, where there is none, or more than one.
    """
    text = unicodedata.normalize("NFKC", given)
    if len(text) > PHONE_MAX_LENGTH:
        raise ValueError(TOO_LONG)
    text, is_labelled = _bare(text)
    if not any(map(str.isdecimal, text)):
        raise ValueError(NO_NUMBER)
    if _MASKED.search(text):
        raise ValueError(MASKED)
    if _NO_PHONE.fullmatch(text):
        _refuse()
    extension = ""
    if (found := _EXTENSION.search(text)) and any(map(str.isdecimal, text[: found.start()])):
        extension = _digits(found[1])
        text, is_labelled_too = _bare(text[: found.start()])
        is_labelled = is_labelled or is_labelled_too
    written = _number(text, extension)
    if is_labelled and len(written.digits) < _MIN_DIGITS_BESIDE_LABEL:
        _refuse()
    return written


def _number(text: str, extension: str) -> Written:
    if _NUMBER.fullmatch(text):
        has_plus = "+" in text
        digits = _digits(text)
        if _has_too_many(digits, has_plus=has_plus) or (not has_plus and _is_two(text)):
            _refuse()
        return Written(digits, has_plus, extension)
    if spelt := _IN_LETTERS.fullmatch(text):
        number, space, word = spelt.groups()
        letters = "".join(filter(str.isalpha, word)).translate(_KEYPAD)
        has_remark = any(map(str.isspace, space))
        return Written(_digits(number), "+" in number, extension, letters, has_remark)
    if remarked := _NUMBER_IN_REMARK.fullmatch(text):
        number = remarked[1]
        return Written(_digits(number), "+" in number, extension, has_remark=True)
    return _refuse()


def _bare(text: str) -> tuple[str, bool]:
    """In lower case without what programs and people write around it; whether labels were there."""
    is_labelled = False
    before = None
    while text != before:
        before = text
        text = unicodedata.normalize("NFKC", without_invisible(decoded(text).lower()))
        text = unquoted(_FORMULA.sub("", text.strip())).strip(",;:").rstrip(".")
        text = text[1:-1] if text.startswith("<") and text.endswith(">") else text
        if messenger := _OF_MESSENGER.fullmatch(text):
            text = messenger[1]
        if scientific := _SCIENTIFIC.fullmatch(text):
            text = _exact(*scientific.groups())
        if whole := _WHOLE.fullmatch(text):
            text = whole[1]
        for label in (_LABEL_BEFORE.match(text), _LABEL_BEHIND.search(text)):
            if label and label[0]:
                text = (
                    text.replace(label[0], "", 1) if label.start() == 0 else text[: label.start()]
                )
                is_labelled = True
                break
    return text, is_labelled


def _exact(plus: str, whole: str, decimals: str, exponent: str) -> str:
    """The digits of a number like 4.155552671e9; raises ValueError unless it tells each of them."""
    shift = int(exponent)
    if len(decimals.rstrip("0")) > shift or shift < _MIN_DIGITS:
        _refuse()
    if len(decimals) < shift:
        raise ValueError(ROUNDED)
    return plus + whole + decimals[:shift]


def _is_two(text: str) -> bool:
    """Whether two numbers stand in one value, each of them complete.

    What stands before a slash is an area code, as in 030/901820, and not a number of its own.
    """
    complete = [
        group for group in _BETWEEN_GROUPS.split(text) if len(_digits(group)) >= _MIN_DIGITS
    ]
    if len(complete) > 1:
        return True
    head, slash, _ = text.partition("/")
    area = _digits(head)
    return bool(slash) and len(area) > (6 if area.startswith("0") else 5)


def _has_too_many(digits: str, *, has_plus: bool) -> bool:
    if not has_plus:
        # What is dialled before a country code is no part of the number.
        digits = digits.removeprefix("011" if digits.startswith("011") else "00")
    return len(digits) > MAX_DIGITS


def _digits(text: str) -> str:
    return "".join(str(unicodedata.decimal(sign)) for sign in text if sign.isdecimal())


def _refuse() -> NoReturn:
    raise ValueError(NOT_ONE)
