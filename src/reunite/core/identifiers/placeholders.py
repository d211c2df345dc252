"""Values that say that there is none: words, numbers of one digit, and what people type instead."""

import re
import unicodedata
from dataclasses import dataclass

from reunite.core.identifiers.kinds import FIRST_RULES, Kind
from reunite.core.identifiers.wrapping import without_invisible

_FIRST_WORDS = frozenset(
    {
        "-", "--", ".", "?", "anonymous", "blank", "dummy", "empty", "false", "guest", "n.a.",
        "n/a", "na", "nan", "nil", "no", "noemail", "nomail", "none", "nophone", "not-provided",
        "null", "undefined", "unknown", "unspecified",
    }
)  # fmt: skip
_PHRASES = (
    "no email", "no e-mail", "no mail", "no email address", "no phone", "no phone number",
    "no number", "no telephone", "no mobile", "no contact", "no data", "no value", "none given",
    "not available", "not applicable", "not given", "not known", "not provided", "not specified",
    "not set",
)  # fmt: skip
_LATER_WORDS = frozenset(
    {
        "#div/0!", "#n/a", "#n/a n/a", "#name?", "#null!", "#num!", "#ref!", "#value!", "---",
        "...", "??", "???", "\\n", "missing", "n.a", "n\\a", "tba", "tbd", "unavailable",
        *_PHRASES, *(phrase.replace(" ", sign) for phrase in _PHRASES for sign in ("", "-", "_")),
    }
)  # fmt: skip
_BRACKETS = "()[]<>{}\"'"
_MAX_LENGTH = 32

_ONE_DIGIT = "|".join(f"{digit}{{7,}}" for digit in range(10))
_FIRST_PHONE = rf"\+?0+|\+[0-9]{{1,3}}0{{6,}}|\+?(?:{_ONE_DIGIT})"
# ITU-T E.164: the country codes, those included that are not assigned.
_COUNTRY_CODE = (
    "1|7|2[07]|2[1-689][0-9]|3[0-469]|3[578][0-9]|4[013-9]|42[0-9]|5[1-8]|5[09][0-9]|6[0-6]"
    "|6[7-9][0-9]|8[1246]|8[0357-9][0-9]|9[0-58]|9[679][0-9]"
)
# A country code alone is what a form writes before a number is typed, perhaps with the 0 behind it:
# +49 (0). The same digit over and over is so behind a country code, too: +1 (555) 555-5555.
_PHONE = (
    rf"{_FIRST_PHONE}|\+[0-9]{{1,2}}|(?:\+|\+?00)(?:{_COUNTRY_CODE})0?"
    rf"|\+(?:{_COUNTRY_CODE})(?:{_ONE_DIGIT})|1(?:{_ONE_DIGIT.replace('7,', '10')})"
)
# What a form with a mask writes before a digit is typed: +7 (___) ___-__-__.
_EMPTY_FORM = re.compile(r"\+?[0-9]{0,3}[\s().-]*_[\s()._-]*", re.ASCII)
# A placeholder at a placeholder's address, or at one that RFC 2606 sets aside for examples.
_DOMAIN = re.compile(r"example\.(?:com|net|org)|.+\.invalid|(?P<label>[^.]+)\..+", re.ASCII)


@dataclass(frozen=True, slots=True)
class Placeholders:
    """What counts for nothing under a version of the rules.

    ``words`` stand for a whole value, and for what stands before the @ of an email at a domain that
    is as empty; ``phone`` is a whole phone number, in a pattern of RE2 and of Java, too.
    """

    words: frozenset[str]
    phone: re.Pattern[str]
    are_in_brackets: bool

    def are(self, given: str) -> bool:
        """Whether a value as given is such a word."""
        if len(given) > _MAX_LENGTH:
            return False
        word = given.strip().lower()
        if word in self.words:
            return True
        if not self.are_in_brackets:
            return False
        if not word.isascii():
            word = without_invisible(unicodedata.normalize("NFKC", word)).strip().lower()
        if "_" in word and _EMPTY_FORM.fullmatch(word):
            return True
        return word in self.words or word.strip(_BRACKETS).strip() in self.words

    def include(self, kind: Kind, key: str) -> bool:
        """Whether a canonical value is a placeholder."""
        if kind is Kind.PHONE:
            return self.phone.fullmatch(key.partition(";")[0]) is not None
        local, _, domain = key.rpartition("@")
        if local not in self.words:
            return False
        found = _DOMAIN.fullmatch(domain)
        label = found and found["label"]
        return label in (None, "example", "test") or label in self.words


_FIRST = Placeholders(_FIRST_WORDS, re.compile(_FIRST_PHONE), are_in_brackets=False)
_LATEST = Placeholders(_FIRST_WORDS | _LATER_WORDS, re.compile(_PHONE), are_in_brackets=True)
PLACEHOLDER_WORDS = _LATEST.words


def placeholders_of(version: int) -> Placeholders:
    """The placeholders of a version of the rules."""
    return _FIRST if version == FIRST_RULES else _LATEST
