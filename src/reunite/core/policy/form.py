"""The JSON form of a policy: one declaration, from which reading, writing and documents come.

``FORM`` names the fields as ``Policy`` has them, in camelCase, and gives each a shape. A shape
reads a value of JSON. The shape of texts also checks each text, under the policy that all fields
make.
"""

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, fields
from typing import Any, NamedTuple, TypeGuard

import phonenumbers

from reunite.core.identifiers.kinds import FIRST_RULES, LATEST_RULES, Kind
from reunite.core.identifiers.wrapping import require_text
from reunite.core.policy.declared import Normalize
from reunite.core.policy.parts import Limits, Pattern
from reunite.core.policy.patterns import MAX_PATTERNS, PATTERN_MAX_LENGTH
from reunite.core.policy.policy import Policy, domain_key

MAX_LIMIT = 1_000_000_000
"""The largest limit; databases count in numbers of a bounded size."""


class Wrong(NamedTuple):
    """The error of a value: the place inside it (``.0``; empty for all of it), and the remedy."""

    place: str
    code: str
    detail: str


@dataclass(frozen=True, slots=True)
class Leaf:
    """A value of one kind; ``accepts`` says whether it is one, ``code`` and ``advice`` if not."""

    code: str
    advice: str
    accepts: Callable[[object], bool]

    def read(self, given: Any) -> Any | list[Wrong]:
        """The value as ``Policy`` has it, or what is wrong with it."""
        return given if self.accepts(given) else [Wrong("", self.code, self.advice)]


class Flag(Leaf):
    """True or false."""


class Limit(Leaf):
    """A number from 1, or None for no limit."""


class Region(Leaf):
    """A country of ISO 3166, or None."""


class Version(Leaf):
    """A version of the rules for identifiers."""


@dataclass(frozen=True, slots=True)
class Choice(Leaf):
    """One of some words."""

    choices: Sequence[str] = ()


@dataclass(frozen=True, slots=True)
class Texts(Leaf):
    """A list of strings; ``check`` raises ValueError for one that the policy cannot use."""

    check: Callable[[Policy, str], object] = lambda _policy, _text: None

    def read(self, given: Any) -> tuple[str, ...] | list[Wrong]:
        """The strings."""
        return tuple(given) if self.accepts(given) else [Wrong("", self.code, self.advice)]


class Patterns(Leaf):
    """A list of RE2 patterns; each is compiled later."""

    def read(self, given: Any) -> tuple[Pattern, ...] | list[Wrong]:
        """The patterns."""
        if not isinstance(given, list):
            return [Wrong("", self.code, self.advice)]
        if len(given) > MAX_PATTERNS:
            return [Wrong("", "too_many_patterns", f"Send at most {MAX_PATTERNS}.")]
        read = [_pattern(place, each) for place, each in enumerate(given)]
        return [each for each in read if isinstance(each, Wrong)] or tuple(
            each for each in read if isinstance(each, Pattern)
        )


class PatternText(Leaf):
    """One RE2 pattern, or None; it is compiled later."""

    def read(self, given: Any) -> str | list[Wrong] | None:
        """The pattern."""
        if given is None or not self.accepts(given):
            return None if given is None else [Wrong("", self.code, self.advice)]
        found = _text_of_pattern("", given)
        return [found] if isinstance(found, Wrong) else found


@dataclass(frozen=True, slots=True)
class Kinds:
    """Declared kinds by name, the strongest first, each of the ``form``."""

    form: "Form"


def _pattern(place: int, given: object) -> Pattern | Wrong:
    match given:
        case {"kind": str(kind), "pattern": str(pattern), **rest} if not rest:
            pass
        case _:
            advice = 'Send {"kind": "email", "pattern": "^noreply@"}.'
            return Wrong(f".{place}", "invalid_type", advice)
    if kind not in set(Kind):
        return Wrong(f".{place}.kind", "invalid_choice", f"Send one of {', '.join(Kind)}.")
    text = _text_of_pattern(f".{place}", pattern)
    return text if isinstance(text, Wrong) else Pattern(Kind(kind), text)


def _text_of_pattern(place: str, pattern: str) -> str | Wrong:
    if len(pattern) > PATTERN_MAX_LENGTH:
        advice = f"Send at most {PATTERN_MAX_LENGTH} characters."
        return Wrong(place, "pattern_too_long", advice)
    try:
        require_text(pattern)
    except ValueError as error:
        return Wrong(place, "invalid_pattern", str(error))
    return pattern


def _is_whole(given: object) -> TypeGuard[int]:
    return isinstance(given, int) and not isinstance(given, bool)


def _are_texts(given: object) -> bool:
    return isinstance(given, list) and all(isinstance(each, str) for each in given)


def _choice(*choices: str) -> Choice:
    advice = "Send " + " or ".join(f'"{each}"' for each in choices) + "."
    return Choice("invalid_choice", advice, lambda given: given in choices, choices)


def _texts(check: Callable[[Policy, str], object]) -> Texts:
    return Texts("invalid_type", "Send a list of strings.", _are_texts, check)


def _require_role(policy: Policy, name: str) -> None:
    """Raise ValueError unless emails can have this name before the @."""
    if policy.normalized(Kind.EMAIL, f"{name}@hillvalley.edu") != f"{name.lower()}@hillvalley.edu":
        raise ValueError("Not what stands before the @ of an email: send a name like info.")


def camel(name: str) -> str:
    """The name in JSON of a field of ``Policy``."""
    return re.sub("_(.)", lambda found: found[1].upper(), name)


def snake(name: str) -> str:
    """The field of ``Policy`` that JSON names so."""
    return re.sub("([A-Z])", lambda found: f"_{found[1].lower()}", name)


Form = Mapping[str, "Leaf | Kinds | Form"]

FLAG = Flag("invalid_type", "Send true or false.", lambda given: isinstance(given, bool))
LIMIT = Limit(
    "invalid_limit",
    f"Send a whole number from 1 to {MAX_LIMIT:,}, or null for no limit.",
    lambda given: given is None or (_is_whole(given) and 0 < given <= MAX_LIMIT),
)
REGION = Region(
    "invalid_region",
    'Send two capital letters of ISO 3166, like "US", or null.',
    lambda given: (
        given is None or (isinstance(given, str) and given in phonenumbers.SUPPORTED_REGIONS)
    ),
)
VERSION = Version(
    "invalid_choice",
    f"Send a number from {FIRST_RULES} to {LATEST_RULES}.",
    lambda given: _is_whole(given) and FIRST_RULES <= given <= LATEST_RULES,
)
EMAILS = _texts(lambda policy, email: policy.normalized(Kind.EMAIL, email))
PHONE_NUMBERS = _texts(lambda policy, number: policy.normalized(Kind.PHONE, number))
NAMES = _texts(_require_role)
DOMAINS = _texts(lambda policy, domain: domain_key(domain, rules=policy.normalization))
PATTERNS = Patterns("invalid_type", "Send a list.", lambda given: isinstance(given, list))

KINDS = Kinds(
    {
        "perPerson": LIMIT,
        "contactsPerValue": LIMIT,
        "normalize": _choice(*Normalize),
        "pattern": PatternText(
            "invalid_type", "Send an RE2 pattern or null.", lambda given: isinstance(given, str)
        ),
        "blocked": _texts(lambda _policy, _text: None),
        "links": FLAG,
    }
)

FORM: Form = {
    "kinds": KINDS,
    "placeholders": FLAG,
    "fillers": {"known": FLAG, "emails": EMAILS, "names": NAMES, "phoneNumbers": PHONE_NUMBERS},
    "blocked": {
        "emails": EMAILS,
        "phoneNumbers": PHONE_NUMBERS,
        "domains": DOMAINS,
        "patterns": PATTERNS,
    },
    "allowed": {"emails": EMAILS, "phoneNumbers": PHONE_NUMBERS},
    "limits": {camel(each.name): LIMIT for each in fields(Limits)},
    "joinOnlyVerified": FLAG,
    "erased": _choice("refuse", "accept"),
    "normalization": {
        "defaultRegion": REGION,
        "foldGmail": FLAG,
        "foldMobile": FLAG,
        "version": VERSION,
    },
}
