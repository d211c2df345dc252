"""Canonical identifiers: the value that matches, derived from the value that was given.

The rules (docs/explanation/identifiers.md) carry a version. They must never change silently, since
the canonical values of all stored contacts were derived by them.
"""

from collections.abc import Container, Iterable, Mapping
from dataclasses import dataclass, field
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
    "KINDS",
    "LATEST_RULES",
    "MAX_IDENTIFIERS",
    "MAX_LENGTHS",
    "MAX_VALUES_OF_KIND",
    "NAME_MAX_LENGTH",
    "NAME_PATTERN",
    "ORDER",
    "PHONE_MAX_LENGTH",
    "PLACES",
    "ContactDetails",
    "Identifier",
    "Ignored",
    "Kind",
    "KindFacts",
    "Mark",
    "NormalizationRules",
    "Standing",
    "Value",
    "canonical_email",
    "canonical_form",
    "canonical_phone",
    "given_columns",
    "given_in",
    "identifiers_of",
    "key_columns",
    "key_in",
    "kind_of",
    "kind_of_mark",
    "others_of",
    "require_bounded",
    "values_of",
    "without",
]

NAME_MAX_LENGTH = 40
NAME_PATTERN = rf"[A-Za-z0-9._:-]{{1,{NAME_MAX_LENGTH}}}"
"""The form of a kind's name."""

MAX_VALUES_OF_KIND = 8
"""How many values of one declared kind a request may have."""
MAX_IDENTIFIERS = 16
"""How many values of all kinds a request may have."""

FIRST_RULES = 1
LATEST_RULES = 2
"""The version of the rules that new workspaces have; others keep theirs until they are asked."""


class Kind(StrEnum):
    """The kinds of identifier that Reunite knows, the strongest first."""

    EMAIL = "email"
    PHONE = "phone"


ORDER = tuple(Kind)
"""The built-in kinds in the order of their columns: to go through an enumeration takes longer."""
PLACES: Mapping[str, int] = {kind: place for place, kind in enumerate(Kind)}
"""Where each stands among them, from 0."""


def kind_of(name: str) -> str:
    """The kind of a name that is stored: one of ``Kind``, or the name of a declared kind."""
    return _BY_NAME.get(name, name)


_BY_NAME: Mapping[str, str] = {kind.value: kind for kind in Kind}


class KindFacts(NamedTuple):
    """The names of a kind: in JSON (one value, several), and in rows (as given, canonical)."""

    field: str
    fields: str
    column: str
    key_column: str


KINDS: Mapping[str, KindFacts] = {
    Kind.EMAIL: KindFacts("email", "emails", "email", "email_key"),
    Kind.PHONE: KindFacts("phoneNumber", "phoneNumbers", "phone_number", "phone_key"),
}
"""Everything else about a kind, in one place."""


MAX_LENGTHS: Mapping[str, int] = {Kind.EMAIL: EMAIL_MAX_LENGTH, Kind.PHONE: PHONE_MAX_LENGTH}
"""How many characters a value may have, by kind, as it is given and after NFKC."""
_TOO_LONG: Mapping[str, str] = {Kind.EMAIL: emails.TOO_LONG, Kind.PHONE: phone_text.TOO_LONG}


class Ignored(StrEnum):
    """Why a value that was given does not count as evidence.

    The last two are for declared kinds: the policy says that the kind is only stored, or declares
    the kind no longer.
    """

    PLACEHOLDER = "placeholder"
    BLOCKED = "blocked"
    RETIRED = "retired"
    CARRIED = "carried"
    UNDECLARED = "undeclared"


class Standing(StrEnum):
    """Whether a stored value counts as evidence, or why it does not."""

    COUNTS = "counts"
    PLACEHOLDER = "placeholder"
    BLOCKED = "blocked"
    RETIRED = "retired"
    CARRIED = "carried"
    UNDECLARED = "undeclared"
    WITHHELD = "withheld"
    UNREADABLE = "unreadable"


class Identifier(NamedTuple):
    """One canonical value that points at a person.

    A tuple, for it is hashed and compared many times in every request.
    """

    kind: str
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


class Value(NamedTuple):
    """One value of a contact: ``given``, and the canonical ``key`` that it matches by.

    The key is None where the value does not count as evidence. The kind is one of ``Kind``, or one
    that the policy of the workspace declares. ``form`` is the canonical value of a declared kind,
    whether the value counts or not: such values are found by it.
    """

    kind: str
    given: str
    key: str | None
    form: str | None = None

    @property
    def mark(self) -> "Mark":
        """What names the value within its contact: of each built-in kind there is one at most."""
        return self.kind if self.form is None else (self.kind, self.given)


Mark = str | tuple[str, str]
"""A value within its contact: a built-in kind, or a declared kind and the value as given."""


def kind_of_mark(mark: Mark) -> str:
    """The kind of the value that a mark names."""
    return mark if isinstance(mark, str) else mark[0]


@dataclass(frozen=True, slots=True)
class ContactDetails:
    """The values that one request or order gave, the strongest kind first.

    At least one counts. ``ignored`` says which kinds do not, and why. ``identifiers`` are those
    that count as evidence, in the same order.
    """

    values: tuple[Value, ...]
    ignored: tuple[tuple[str, Ignored], ...] = ()
    identifiers: tuple[Identifier, ...] = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        """Make the identifiers once: a request asks for them several times."""
        object.__setattr__(self, "identifiers", identifiers_of(self.values))

    def key(self, kind: str) -> str | None:
        """The key of a kind; None where no value of the kind counts."""
        return key_in(self.values, kind)

    def given(self, kind: str) -> str | None:
        """The value of a kind as given; None where none was given or kept."""
        return given_in(self.values, kind)

    def given_of(self, left: Identifier, right: Identifier) -> tuple[str | None, str | None]:
        """The values that two of the identifiers came from."""
        given = {(value.kind, value.key): value.given for value in self.values}
        return given.get(left), given.get(right)

    @property
    def declared(self) -> bool:
        """Whether it holds values of declared kinds."""
        return len(self.values) > len(ORDER) or any(v.form is not None for v in self.values)

    @property
    def carried(self) -> list[Identifier]:
        """The values of kinds that are only stored, each as the identifier that it would be."""
        kinds = {kind for kind, reason in self.ignored if reason is Ignored.CARRIED}
        return [Identifier(v.kind, v.form) for v in self.values if v.form and v.kind in kinds]

    def without_retired(self, retired: Container[Identifier]) -> "ContactDetails":
        """The details in which retired identifiers do not count, and are noted as ignored."""
        gone = [each for each in self.identifiers if each in retired]
        ignored = [(each.kind, Ignored.RETIRED) for each in gone]
        return ContactDetails(without(self.values, gone), (*self.ignored, *ignored))


def values_of(given: Iterable[str | None], keys: Iterable[str | None]) -> tuple[Value, ...]:
    """The values from columns, one of each kind in the order of ``Kind``; None is no value."""
    return tuple(
        [
            Value(kind, value, key)
            for kind, value, key in zip(ORDER, given, keys, strict=True)
            if value is not None
        ]
    )


def identifiers_of(values: Iterable[Value]) -> tuple[Identifier, ...]:
    """The identifiers of the values that count, in their order."""
    return tuple([Identifier(kind, key) for kind, _, key, _ in values if key is not None])


def given_columns(values: Iterable[Value]) -> tuple[str | None, ...]:
    """The values as given, one of each built-in kind in their order; None is no value."""
    columns: list[str | None] = [None] * len(ORDER)
    for kind, given, _, form in values:
        if form is None:
            columns[PLACES[kind]] = given
    return tuple(columns)


def key_columns(values: Iterable[Value]) -> tuple[str | None, ...]:
    """The keys, one of each built-in kind in their order; None where no value counts."""
    columns: list[str | None] = [None] * len(ORDER)
    for kind, _, key, form in values:
        if form is None:
            columns[PLACES[kind]] = key
    return tuple(columns)


def others_of(values: Iterable[Value]) -> list[Value]:
    """The values of declared kinds."""
    return [value for value in values if value.form is not None]


def without(
    values: Iterable[Value], identifiers: Container[tuple[str, str | None]]
) -> tuple[Value, ...]:
    """The values, those of the identifiers without their keys."""
    return tuple(
        [
            value._replace(key=None) if (value.kind, value.key) in identifiers else value
            for value in values
        ]
    )


def key_in(values: Iterable[Value], kind: str) -> str | None:
    """The key of the value of a kind; None where there is none or it does not count."""
    for value in values:
        if value.kind == kind:
            return value.key
    return None


def given_in(values: Iterable[Value], kind: str) -> str | None:
    """The value of a kind as given; None where there is none."""
    for value in values:
        if value.kind == kind:
            return value.given
    return None


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


def canonical_form(kind: str, given: str, rules: NormalizationRules = _DEFAULT_RULES) -> str:
    """The canonical value of a built-in kind, to compare by; itself where it cannot be read."""
    read = canonical_email if kind is Kind.EMAIL else canonical_phone
    try:
        return read(given, rules=rules)
    except ValueError:
        return given


def require_bounded(kind: str, given: str) -> None:
    """Raise ValueError for a value of more than ``MAX_LENGTHS[kind]`` characters.

    Asked before anything else is done with a value: to bring combining marks into their order takes
    time that grows with the square of their number, and all of it under the interpreter's lock.
    """
    if len(given) > MAX_LENGTHS[kind]:
        raise ValueError(_TOO_LONG[kind])
