"""Canonical identifiers: the value that matches, derived from the value that was given.

The rules (docs/explanation/identifiers.md) carry a version. They must never change silently, since
the canonical values of all stored contacts were derived by them.
"""

from dataclasses import dataclass, field, replace
from enum import StrEnum
from typing import NamedTuple

from reunite.core.identifiers import email as emails
from reunite.core.identifiers import first_rules, phone_text
from reunite.core.identifiers import phone as phones
from reunite.core.identifiers.email import EMAIL_LOCAL_MAX_LENGTH, EMAIL_MAX_LENGTH
from reunite.core.identifiers.phone_text import PHONE_MAX_LENGTH
from reunite.core.identifiers.wrapping import require_text

__all__ = [
    "EMAIL_LOCAL_MAX_LENGTH",
    "EMAIL_MAX_LENGTH",
    "FIRST_RULES",
    "LATEST_RULES",
    "MAX_LENGTHS",
    "PHONE_MAX_LENGTH",
    "ContactDetails",
    "Identifier",
    "Ignored",
    "Kind",
    "NormalizationRules",
    "Standing",
    "canonical_email",
    "canonical_form",
    "canonical_phone",
    "identifiers_of",
    "require_bounded",
]

FIRST_RULES = 1
LATEST_RULES = 2
"""The version of the rules that new workspaces have; others keep theirs until they are asked."""


class Kind(StrEnum):
    """The kinds of identifier that Reunite knows."""

    EMAIL = "email"
    PHONE = "phone"


MAX_LENGTHS = {Kind.EMAIL: EMAIL_MAX_LENGTH, Kind.PHONE: PHONE_MAX_LENGTH}
"""How many characters a value may have, by kind, as it is given and after NFKC."""
_TOO_LONG = {Kind.EMAIL: emails.TOO_LONG, Kind.PHONE: phone_text.TOO_LONG}


class Ignored(StrEnum):
    """Why a value that was given does not count as evidence."""

    PLACEHOLDER = "placeholder"
    BLOCKED = "blocked"
    RETIRED = "retired"


class Standing(StrEnum):
    """Whether a stored value counts as evidence, or why it does not."""

    COUNTS = "counts"
    PLACEHOLDER = "placeholder"
    BLOCKED = "blocked"
    RETIRED = "retired"
    WITHHELD = "withheld"
    UNREADABLE = "unreadable"


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
    ``fold_gmail`` leaves out what Gmail itself ignores: dots and plus tags. ``fold_mobile`` makes
    one of the two spellings that mobile numbers of some countries have.
    """

    default_region: str | None = None
    fold_gmail: bool = False
    version: int = LATEST_RULES
    fold_mobile: bool = False


_DEFAULT_RULES = NormalizationRules()


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

    @property
    def given(self) -> tuple[str | None, str | None]:
        """Both values as given, the email first."""
        return self.email, self.phone_number

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
    require_text(given)
    if rules.version == FIRST_RULES:
        return first_rules.canonical_email(given, fold_gmail=rules.fold_gmail)
    return emails.read_email(given, fold_gmail=rules.fold_gmail)


def canonical_phone(given: str, *, rules: NormalizationRules) -> str:
    """E.164 for a valid number, else digits and ``+``; ``;ext=`` where there is an extension.

    Raises ValueError, saying what to send, for what is not one number.
    """
    require_bounded(Kind.PHONE, given)
    require_text(given)
    if rules.version == FIRST_RULES:
        return first_rules.canonical_phone(given, region=rules.default_region)
    return phones.read_phone(given, region=rules.default_region, fold_mobile=rules.fold_mobile)


def canonical_form(kind: Kind, given: str, rules: NormalizationRules = _DEFAULT_RULES) -> str:
    """The canonical value, to compare by; the value itself where it cannot be read."""
    read = canonical_email if kind is Kind.EMAIL else canonical_phone
    try:
        return read(given, rules=rules)
    except ValueError:
        return given


def require_bounded(kind: Kind, given: str) -> None:
    """Raise ValueError for a value of more than ``MAX_LENGTHS[kind]`` characters.

    Asked before anything else is done with a value: to bring combining marks into their order takes
    time that grows with the square of their number, and all of it under the interpreter's lock.
    """
    if len(given) > MAX_LENGTHS[kind]:
        raise ValueError(_TOO_LONG[kind])
