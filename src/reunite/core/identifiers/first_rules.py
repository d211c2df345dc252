"""The first rules for identifiers, by which workspaces match that began with them.

They make digits out of much that is no number; ``emails`` and ``phones`` have the rules of today.
Nothing here may change: the canonical values of stored contacts were derived by it.
"""

import re
import unicodedata

import phonenumbers
from phonenumbers import NumberParseException, PhoneNumber, PhoneNumberFormat

from reunite.core.identifiers.email import ascii_domain, joined, lower_case
from reunite.core.identifiers.phone_text import PHONE_MAX_LENGTH, TOO_LONG

_NOT_IN_LOCAL_PART = re.compile(r"[\s\x00-\x1f\x7f@]")
_FIRST_SIGN = re.compile(r"[+\d]")


def canonical_email(given: str, *, fold_gmail: bool) -> str:
    """Trimmed, NFKC, lower case, the domain in IDNA ASCII; raises ValueError."""
    local, at, domain = lower_case(given.strip()).strip().rpartition("@")
    if not at or not local or _NOT_IN_LOCAL_PART.search(local):
        raise ValueError("Not an email address: send one like lorraine@hillvalley.edu.")
    return joined(local, ascii_domain(domain), fold_gmail=fold_gmail)


def canonical_phone(given: str, *, region: str | None) -> str:
    """E.164 for a valid number, else all digits that there are, and ``+``; raises ValueError."""
    text = unicodedata.normalize("NFKC", given).strip()
    if len(text) > PHONE_MAX_LENGTH:
        raise ValueError(TOO_LONG)
    first = _FIRST_SIGN.search(text)
    sign = "+" if first is not None and first.group() == "+" else ""
    digits = "".join(str(unicodedata.decimal(c)) for c in text if c.isdecimal())
    if not digits:
        raise ValueError("Not a phone number: send one with at least one digit, like 123456.")
    if not sign and region is None:
        return digits
    bare = sign + digits
    # The digits alone are tried second, so that a remark beside the number does not hide it.
    return _e164(text, region) or (_e164(bare, region) if bare != text else None) or bare


def _e164(text: str, region: str | None) -> str | None:
    try:
        number: PhoneNumber = phonenumbers.parse(text, region)
    except NumberParseException:
        return None
    if not phonenumbers.is_valid_number(number):
        return None
    key = phonenumbers.format_number(number, PhoneNumberFormat.E164)
    return f"{key};ext={number.extension}" if number.extension else key
