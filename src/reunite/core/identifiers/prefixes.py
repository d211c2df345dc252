"""The beginnings of canonical values, for a value that is not typed to its end yet."""

import re
import unicodedata
from collections.abc import Iterator

from phonenumbers import country_code_for_region

from reunite.core.identifiers.kinds import MAX_LENGTHS, Identifier, Kind, NormalizationRules

_PHONE = re.compile(r"\+?[\d\s().\[\]/-]+")
_FEW_DIGITS = 3
LAST_CHARACTER = "\U0010ffff"
"""Comes after all others, in the order of the database."""


def beginnings(text: str, rules: NormalizationRules) -> Iterator[Identifier]:
    """The kinds that a text may be the beginning of, each with the beginning of the key.

    A phone number may be typed with or without the code of its country, so it has several. Nothing
    for a text without a letter or a digit, or one that is too long for any kind.
    """
    if len(text) > max(MAX_LENGTHS.values()):
        return
    typed = unicodedata.normalize("NFKC", text).strip().lower()
    if typed.isprintable() and any(map(str.isalnum, typed)) and not re.search(r"\s", typed):
        yield Identifier(Kind.EMAIL, typed)
    if not _PHONE.fullmatch(typed):
        return
    digits = _digits(typed)
    if digits:
        yield Identifier(Kind.PHONE, f"+{digits}")
    if digits and not typed.startswith("+"):
        yield Identifier(Kind.PHONE, digits)
        code = country_code_for_region(rules.default_region) if rules.default_region else 0
        national = digits.lstrip("0")
        if code and national:
            yield Identifier(Kind.PHONE, f"+{code}{national}")


def as_declared(text: str) -> list[str]:
    """The keys that a value of a declared kind may begin with: as typed, in one case, its digits.

    Nothing for a text that is too long for any value.
    """
    if len(text) > max(MAX_LENGTHS.values()):
        return []
    digits = _digits(text)
    forms = (text, text.lower(), text.upper(), digits, f"+{digits}" if digits else "")
    return [each for each in dict.fromkeys(forms) if each]


def digits_in(text: str) -> str:
    """The digits of a text that may be a part of a phone number; else, or of few, nothing."""
    digits = _digits(text) if _PHONE.fullmatch(text) else ""
    return digits if len(digits) >= _FEW_DIGITS else ""


def _digits(text: str) -> str:
    return "".join(each for each in text if each.isascii() and each.isdigit())
