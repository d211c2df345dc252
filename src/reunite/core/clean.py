"""Values that are canonical as they are, or after a replacement that SQL can do as well.

For files of many millions of values: what one of these patterns (RE2's and Java's, to be matched as
a whole) fits needs no Python. They say less than ``Policy.canonical``, never anything else; tests
compare the two. What they do not fit goes through ``Policy.canonical`` itself.
"""

import re
from dataclasses import dataclass
from functools import cache
from itertools import groupby
from operator import itemgetter

from phonenumbers import (
    COUNTRY_CODE_TO_REGION_CODE,
    PhoneMetadata,
    region_code_for_country_code,
)

from reunite.core.identifiers import EMAIL_LOCAL_MAX_LENGTH
from reunite.core.policy import PLACEHOLDER_PHONE, PLACEHOLDER_WORDS, Policy

_LABEL = r"[a-z0-9_](?:[a-z0-9_-]{0,61}[a-z0-9_])?"
_EMAIL = rf"[a-z0-9!#$%&'*+/=?^_`{{|}}~.-]{{1,{EMAIL_LOCAL_MAX_LENGTH}}}@{_LABEL}(?:\.{_LABEL})+"
BLANKS = "".join(filter(str.isspace, map(chr, range(0x3001))))
"""All signs of which a blank value consists; no sign above these is one."""
WRITTEN_BETWEEN_DIGITS = " ().-"
"""Signs that people write between digits, and that a number is read without."""
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
    """The rules that are right under a policy; not enough where it blocks single values."""
    blocks = (
        *policy.blocked.emails,
        *policy.blocked.phone_numbers,
        *policy.blocked_domains,
        *policy.blocked_patterns,
    )
    words = "|".join(sorted(map(re.escape, PLACEHOLDER_WORDS)))
    folded = r"|@(?:gmail|googlemail)\.com$" if policy.normalization.fold_gmail else ""
    phone_not = _rewritten_numbers() + _called_abroad(policy.normalization.default_region)
    return CleanRules(not blocks, _EMAIL, rf"^(?:{words})@{folded}", _PHONE, phone_not)


def _called_abroad(region: str | None) -> str:
    """What begins with the region's prefix for calls abroad, as in +011: it may be left out."""
    main = PhoneMetadata.metadata_for_region(region) if region else None
    return rf"|^\+(?:{main.international_prefix})" if main and main.international_prefix else ""


@cache
def _rewritten_numbers() -> str:
    """Numbers whose digits may not be their key: with a national prefix to leave out, or filler."""
    rewritten = sorted(filter(None, map(_with_national_prefix, COUNTRY_CODE_TO_REGION_CODE)))
    # By the first digit, for Java tries one alternative after the other.
    by_digit = (
        f"{digit}(?:{'|'.join(each[1:] for each in group)})"
        for digit, group in groupby(rewritten, key=itemgetter(0))
    )
    return rf"^\+(?:{'|'.join(by_digit)})|^(?:{PLACEHOLDER_PHONE})$"


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
