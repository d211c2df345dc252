"""Canonical identifiers: the value that matches, derived from the value that was given.

The rules (docs/explanation/identifiers.md) carry a version. They must never change silently, since
the canonical values of all stored contacts were derived by them.
"""

import re
import unicodedata
from dataclasses import dataclass, field, replace
from enum import StrEnum
from typing import NamedTuple

import idna
import phonenumbers
from phonenumbers import NumberParseException, PhoneNumber, PhoneNumberFormat

EMAIL_MAX_LENGTH = (
    254  # RFC 5321, 4.5.3.1.3 (a path of 256 with its brackets), as in RFC 3696 erratum 1690.
)
EMAIL_LOCAL_MAX_LENGTH = 64  # RFC 5321, 4.5.3.1.1.
PHONE_MAX_LENGTH = 64

_HOST_LABEL = r"[a-z0-9_](?:[a-z0-9_-]{0,61}[a-z0-9_])?"
_HOST_NAME = re.compile(rf"{_HOST_LABEL}(?:\.{_HOST_LABEL})+", re.ASCII)
_NOT_IN_LOCAL_PART = re.compile(r"[\s\x00-\x1f\x7f@]")
_NOT_TEXT = re.compile(r"[\x00\ud800-\udfff]")
_GMAIL = frozenset({"gmail.com", "googlemail.com"})
_FIRST_SIGN = re.compile(r"[+\d]")


class Kind(StrEnum):
    """The kinds of identifier that Reunite knows."""

    EMAIL = "email"
    PHONE = "phone"


MAX_LENGTHS = {Kind.EMAIL: EMAIL_MAX_LENGTH, Kind.PHONE: PHONE_MAX_LENGTH}
"""How many characters a value may have, by kind, as it is given and after NFKC."""
_TOO_LONG = {
    Kind.EMAIL: (
        f"Too long for an email address: send at most {EMAIL_MAX_LENGTH} characters, "
        f"at most {EMAIL_LOCAL_MAX_LENGTH} of them before the @."
    ),
    Kind.PHONE: f"Too long for a phone number: send at most {PHONE_MAX_LENGTH} characters.",
}


class Ignored(StrEnum):
    """Why a value that was given does not count as evidence."""

    PLACEHOLDER = "placeholder"
    BLOCKED = "blocked"
    RETIRED = "retired"


class Identifier(NamedTuple):
    """One canonical value that points at a person.

    A tuple, for it is hashed and compared many times in every request.
    """

    kind: Kind
    key: str


@dataclass(frozen=True, slots=True)
class NormalizationRules:
    """How a given value becomes canonical.

    ``default_region`` is the ISO 3166 country (``"US"``) that phone numbers without a country code
    are read in; without one, only numbers that begin with ``+`` are read as international.
    ``fold_gmail`` leaves out what Gmail itself ignores: dots and plus tags.
    """

    default_region: str | None = None
    fold_gmail: bool = False
    version: int = 1


@dataclass(frozen=True, slots=True)
class ContactDetails:
    """What one request or order said: the values as given, and the canonical keys they match by.

    At least one identifier is present. A key is None where the value is not given or, as
    ``ignored`` says, does not count. ``identifiers`` are those that count as evidence, email first.
    """

    email: str | None
    phone_number: str | None
    email_key: str | None
    phone_key: str | None
    ignored: tuple[tuple[Kind, Ignored], ...] = ()
    identifiers: tuple[Identifier, ...] = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        """Make the identifiers once: a request asks for them several times."""
        object.__setattr__(self, "identifiers", identifiers_of(self.email_key, self.phone_key))

    def without(self, *kinds: Kind, reason: Ignored) -> "ContactDetails":
        """The same, with the identifiers of these kinds ignored."""
        email_key = None if Kind.EMAIL in kinds else self.email_key
        phone_key = None if Kind.PHONE in kinds else self.phone_key
        ignored = (*self.ignored, *((kind, reason) for kind in kinds))
        return replace(self, email_key=email_key, phone_key=phone_key, ignored=ignored)


def identifiers_of(email_key: str | None, phone_key: str | None) -> tuple[Identifier, ...]:
    """The identifiers of a pair of keys, email first."""
    phone = () if phone_key is None else (Identifier(Kind.PHONE, phone_key),)
    return phone if email_key is None else (Identifier(Kind.EMAIL, email_key), *phone)


def canonical_email(given: str, *, rules: NormalizationRules) -> str:
    """Trimmed, NFKC, lower case, the domain in IDNA ASCII.

    Raises ValueError, saying what to send, when it does not look like an email address.
    """
    require_bounded(Kind.EMAIL, given)
    _require_text(given)
    # Lower-casing can take a value out of NFKC ("İ"), so it is normalised on both sides.
    text = unicodedata.normalize(
        "NFKC", unicodedata.normalize("NFKC", given.strip()).lower()
    ).strip()
    # One compatibility character can stand for eighteen, and a domain is read slowly.
    require_bounded(Kind.EMAIL, text)
    local, at, domain = text.rpartition("@")
    if not at or not local or _NOT_IN_LOCAL_PART.search(local):
        raise ValueError("Not an email address: send one like lorraine@hillvalley.edu.")
    domain = _ascii_domain(domain)
    if rules.fold_gmail and domain in _GMAIL:
        local, domain = _folded(local), "gmail.com"
    key = f"{local}@{domain}"
    if len(local) > EMAIL_LOCAL_MAX_LENGTH or len(key) > EMAIL_MAX_LENGTH:
        raise ValueError(_TOO_LONG[Kind.EMAIL])
    return key


def canonical_phone(given: str, *, rules: NormalizationRules) -> str:
    """E.164 for a valid number (and ``;ext=`` where it has an extension), else digits and ``+``.

    Raises ValueError, saying what to send, when it has no digit.
    """
    require_bounded(Kind.PHONE, given)
    _require_text(given)
    text = unicodedata.normalize("NFKC", given).strip()
    require_bounded(Kind.PHONE, text)
    first = _FIRST_SIGN.search(text)
    sign = "+" if first is not None and first.group() == "+" else ""
    digits = "".join(str(unicodedata.decimal(c)) for c in text if c.isdecimal())
    if not digits:
        raise ValueError("Not a phone number: send one with at least one digit, like 123456.")
    if not sign and rules.default_region is None:
        return digits
    bare = sign + digits
    # The digits alone are tried second, so that a remark beside the number does not hide it.
    return (
        _e164(text, rules.default_region)
        or (_e164(bare, rules.default_region) if bare != text else None)
        or bare
    )


def require_bounded(kind: Kind, given: str) -> None:
    """Raise ValueError for a value of more than ``MAX_LENGTHS[kind]`` characters.

    Asked before anything else is done with a value: to bring combining marks into their order takes
    time that grows with the square of their number, and all of it under the interpreter's lock.
    """
    if len(given) > MAX_LENGTHS[kind]:
        raise ValueError(_TOO_LONG[kind])


def _require_text(given: str) -> None:
    if _NOT_TEXT.search(given):
        raise ValueError("Holds a NUL or half a surrogate pair: send plain text.")


def _folded(local: str) -> str:
    """What Gmail delivers by: without dots and plus tags, where something is left."""
    return local.partition("+")[0].replace(".", "") or local


def _ascii_domain(domain: str) -> str:
    if not domain.isascii():
        try:
            domain = idna.encode(domain, uts46=True).decode("ascii")
        except idna.IDNAError:
            domain = ""
    if not _HOST_NAME.fullmatch(domain):
        raise ValueError("Not an email address: send a domain like hillvalley.edu after the @.")
    return domain


def _e164(text: str, region: str | None) -> str | None:
    try:
        number: PhoneNumber = phonenumbers.parse(text, region)
    except NumberParseException:
        return None
    if not phonenumbers.is_valid_number(number):
        return None
    key = phonenumbers.format_number(number, PhoneNumberFormat.E164)
    # People behind one switchboard differ only by their extension, which E.164 drops.
    return f"{key};ext={number.extension}" if number.extension else key
