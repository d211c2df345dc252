"""Kinds of identifier that the policy of a workspace declares, beside email and phone."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum

from reunite.core.identifiers.kinds import (
    NAME_MAX_LENGTH,
    NAME_PATTERN,
    PLACES,
    Kind,
    NormalizationRules,
    canonical_email,
    canonical_phone,
)
from reunite.core.identifiers.placeholders import Placeholders
from reunite.core.identifiers.wrapping import require_text
from reunite.core.policy.patterns import fullmatch_of

MAX_KINDS = 16
"""How many a policy may declare."""
VALUE_MAX_LENGTH = 254
"""The most characters of a value, as given and canonical."""
_NAME = re.compile(NAME_PATTERN, re.ASCII)
_RESERVED = frozenset({"contact", "phoneNumber"})
"""Names that no kind may have: the kind of ends that are contacts, and the field of phones."""


class Normalize(StrEnum):
    """How a given value of a declared kind becomes canonical."""

    NONE = "none"
    TRIM = "trim"
    LOWER = "lower"
    DIGITS = "digits"
    EMAIL = "email"
    PHONE = "phone"


@dataclass(frozen=True)
class DeclaredKind:
    """What a policy says about a kind.

    A person may have ``per_person`` different values, and ``contacts_per_value`` contacts may carry
    one; None is no limit. A canonical value must match the RE2 ``pattern`` as a whole. ``blocked``
    are values that do not count. Without ``links`` no value is evidence: it is only stored.
    """

    per_person: int | None = None
    contacts_per_value: int | None = None
    normalize: Normalize = Normalize.TRIM
    pattern: str | None = None
    blocked: tuple[str, ...] = ()
    links: bool = True

    def canonical(self, given: str, rules: NormalizationRules) -> str:
        """The canonical value.

        Raises ValueError, saying what to send, for what is too long, empty, or not of the pattern.
        """
        if len(given) > VALUE_MAX_LENGTH:
            raise ValueError(f"Too long: send at most {VALUE_MAX_LENGTH} characters.")
        require_text(given)
        key = self._normalized(given, rules)
        if not key or len(key) > VALUE_MAX_LENGTH:
            raise ValueError(
                f"Its canonical form ({self.normalize}) must have from 1 to {VALUE_MAX_LENGTH} "
                "characters."
            )
        if self.pattern is not None and not fullmatch_of(self.pattern)(key):
            raise ValueError("Not a value of this kind: it does not match the pattern.")
        return key

    def says_nothing(self, key: str, placeholders: Placeholders) -> bool:
        """Whether a canonical value stands for a missing one.

        Shops give the number 0 to guests. Emails and phone numbers have placeholders of their own.
        """
        match self.normalize:
            case Normalize.EMAIL:
                return placeholders.include(Kind.EMAIL, key)
            case Normalize.PHONE:
                return placeholders.include(Kind.PHONE, key)
            case _:
                return not key.strip("0")

    @property
    def about_names(self) -> tuple[object, ...]:
        """The rules that decide canonical forms, of counting values and others."""
        return self.normalize, self.pattern

    @property
    def about_keys(self) -> tuple[object, ...]:
        """The rules that decide keys."""
        return *self.about_names, frozenset(self.blocked), self.links

    def _normalized(self, given: str, rules: NormalizationRules) -> str:
        match self.normalize:
            case Normalize.NONE:
                return given
            case Normalize.TRIM:
                return given.strip()
            case Normalize.LOWER:
                return given.strip().lower()
            case Normalize.DIGITS:
                return "".join(str(int(sign)) for sign in given if sign.isdecimal())
            case Normalize.EMAIL:
                return canonical_email(given, rules=rules)
            case _:  # PHONE
                return canonical_phone(given, rules=rules)


Declared = Mapping[str, DeclaredKind]
"""Kinds by name, the strongest first."""


def require_name(name: str) -> None:
    """Raise ValueError unless a kind may have this name; email and phone name themselves."""
    if not is_name(name) or name in _RESERVED:
        raise ValueError(
            "Not a name of a kind: send letters, digits, '.', '_', '-' and ':', at most "
            f"{NAME_MAX_LENGTH}, like customerNumber or whatsapp:shopA; phone is the name of phone "
            "numbers."
        )


def is_name(name: str) -> bool:
    """Whether a text has the form of a kind's name."""
    return _NAME.fullmatch(name) is not None


def is_built_in(name: str) -> bool:
    """Whether a name belongs to a kind that every workspace has."""
    return name in PLACES
