"""Values that are canonical as they are, or after a replacement that SQL can do as well.

For files of many millions of values: what one of these patterns (RE2's and Java's, to be matched as
a whole) fits needs no Python. They say less than ``Policy.canonical``, never anything else; tests
compare the two. What they do not fit goes through ``Policy.canonical`` itself.
"""

import re
from collections.abc import Iterable
from dataclasses import dataclass, replace
from functools import cache
from itertools import groupby
from operator import itemgetter

from phonenumbers import (
    COUNTRY_CODE_TO_REGION_CODE,
    PhoneMetadata,
    region_code_for_country_code,
)

from reunite.core.identifiers.email import HIDDEN_BY_DOTS, PLAIN_EMAIL
from reunite.core.identifiers.fillers import (
    FILLER_NAMES,
    FILLER_PHONES,
    MASKED_NAME,
    NO_FILLERS,
    ROLE_NAMES,
)
from reunite.core.identifiers.kinds import FIRST_RULES
from reunite.core.identifiers.phone_text import MAX_DIGITS
from reunite.core.identifiers.placeholders import placeholders_of
from reunite.core.policy.policy import Policy

BLANKS = "".join(filter(str.isspace, map(chr, range(0x3001))))
"""All signs that a blank value may consist of; they all lie below U+3001."""
WRITTEN_BETWEEN_DIGITS = " ()-"
"""Signs that people write between digits, and that a number is read without; a point may be one of
a fraction instead."""
_SIGNS = "abcdefghijklmnopqrstuvwxyz0123456789_-"
"""The signs that an email may have on both sides of its @."""
_PHONE = rf"\+[0-9][0-9{WRITTEN_BETWEEN_DIGITS}]{{0,61}}"

_OPTIONAL_DIGIT_THEN_GROUP = re.compile(r"([0-9])\?(\(\?:[^?].*\))\?")
"""How Argentina writes its prefix, which may be nothing."""


@dataclass(frozen=True, slots=True)
class CleanRules:
    """When a value is clean, and what its key then is; no value is unless they ``are_enough``.

    An email in ASCII of at most EMAIL_MAX_LENGTH characters is lower-cased; if that fits ``email``
    and holds no match of ``email_not``, it is the key. A phone number of at most PHONE_MAX_LENGTH
    characters that fits ``phone`` is left without ``WRITTEN_BETWEEN_DIGITS``; unless that holds a
    match of ``phone_not``, it is the key.
    """

    are_enough: bool
    email: str
    email_not: str
    phone: str
    phone_not: str


def clean_rules(policy: Policy) -> CleanRules:
    """The rules that are right under a policy; not enough where it names single values.

    Nor under the first rules, which are there for workspaces that will leave them.
    """
    own_fillers = replace(policy.fillers, known=False)
    blocks = (
        *policy.blocked.emails,
        *policy.blocked.phone_numbers,
        *policy.blocked.domains,
        *policy.blocked.patterns,
    )
    is_first = policy.normalization.version == FIRST_RULES
    are_enough = not (blocks or is_first) and own_fillers == NO_FILLERS
    placeholders = placeholders_of(policy.normalization.version)
    email_not = [rf"^(?:{_any_of(placeholders.words)})@", re.escape(HIDDEN_BY_DOTS)]
    phone_not = [
        _rewritten_numbers(),
        rf"^(?:{placeholders.phone.pattern})$",
        rf"^\+[0-9]{{{MAX_DIGITS + 1}}}",
        *_called_abroad(policy.normalization.default_region),
    ]
    if policy.fillers.known:
        names = _any_of(ROLE_NAMES | FILLER_NAMES)
        email_not += [rf"^(?:{names})[+@]", rf"^(?:{'+|'.join(_SIGNS)}+|{MASKED_NAME})@"]
        phone_not.append(rf"^(?:{FILLER_PHONES})$")
    if policy.normalization.fold_gmail:
        email_not.append(r"@(?:gmail|googlemail)\.com$")
    if policy.normalization.fold_mobile:
        phone_not.append(r"^\+5[245]")
    return CleanRules(are_enough, PLAIN_EMAIL, "|".join(email_not), _PHONE, "|".join(phone_not))


def _any_of(words: Iterable[str]) -> str:
    return "|".join(sorted(map(re.escape, words)))


def _called_abroad(region: str | None) -> list[str]:
    """What begins with the region's prefix for calls abroad, as in +011: it may be left out."""
    main = PhoneMetadata.metadata_for_region(region) if region else None
    return [rf"^\+(?:{main.international_prefix})"] if main and main.international_prefix else []


@cache
def _rewritten_numbers() -> str:
    """Numbers with a national prefix that may have to be left out."""
    rewritten = sorted(filter(None, map(_with_national_prefix, COUNTRY_CODE_TO_REGION_CODE)))
    # By the first digit, for Java tries one alternative after the other.
    by_digit = (
        f"{digit}(?:{'|'.join(each[1:] for each in group)})"
        for digit, group in groupby(rewritten, key=itemgetter(0))
    )
    return rf"^\+(?:{'|'.join(by_digit)})"


def _with_national_prefix(code: int) -> str:
    """What begins with the country code and a prefix, if without the prefix it can be valid."""
    main = _metadata(code, region_code_for_country_code(code))
    prefix = main and main.national_prefix_for_parsing
    if not main or not prefix:
        return ""
    if main.national_prefix_transform_rule:
        # What it puts in place of the prefix can have any length.
        return f"{code}(?:{_not_nothing(prefix)})"
    described = [_metadata(code, region) for region in COUNTRY_CODE_TO_REGION_CODE[code]]
    valid = {
        str(each.general_desc.national_number_pattern)
        for each in described
        if each is not None and each.general_desc is not None
    }
    return rf"{code}(?:{prefix})(?:{'|'.join(sorted(valid))})$"


def _not_nothing(prefix: str) -> str:
    """What a prefix begins with that is not nothing: a prefix that is leaves a number as it is."""
    if not re.match(f"(?:{prefix})", ""):
        return prefix
    optional = _OPTIONAL_DIGIT_THEN_GROUP.fullmatch(prefix)
    return f"{optional[1]}|{optional[2]}" if optional else ""


def _metadata(code: int, region: str) -> PhoneMetadata | None:
    return PhoneMetadata.metadata_for_region_or_calling_code(code, region)
