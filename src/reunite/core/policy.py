"""The policy of a workspace: how values become canonical, and what guards against strangers.

What a policy says of one value is decided here; what it says of persons, in ``guards``. Its JSON
form is in ``policy_rules``.
"""

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from functools import cached_property
from typing import Literal

import re2

from reunite.core.identifiers import (
    Identifier,
    Ignored,
    Kind,
    NormalizationRules,
    canonical_email,
    canonical_phone,
    require_bounded,
)

PLACEHOLDER_WORDS = frozenset(
    {
        "-",
        "--",
        ".",
        "?",
        "anonymous",
        "blank",
        "dummy",
        "empty",
        "false",
        "guest",
        "n.a.",
        "n/a",
        "na",
        "nan",
        "nil",
        "no",
        "noemail",
        "nomail",
        "none",
        "nophone",
        "not-provided",
        "null",
        "undefined",
        "unknown",
        "unspecified",
    }
)
# A placeholder at a placeholder's address, or at one that RFC 2606 sets aside for examples.
_PLACEHOLDER_DOMAIN = re.compile(
    r"example\.(?:com|net|org)|.+\.invalid|(?P<label>[^.]+)\..+", re.ASCII
)
# Zeros, zeros after a country code, or one digit over and over.
PLACEHOLDER_PHONE = (
    rf"\+?0+|\+[0-9]{{1,3}}0{{6,}}|\+?(?:{'|'.join(f'{digit}{{7,}}' for digit in range(10))})"
)
_PLACEHOLDER_PHONE = re.compile(PLACEHOLDER_PHONE)


@dataclass(frozen=True, slots=True)
class Limits:
    """How many are too many; None is no limit.

    A person has at most so many emails and phone numbers; a merge or a newcomer that would bring
    more is held. An identifier that more contacts carry is a hub, and is retired.
    """

    emails_per_person: int | None = None
    phones_per_person: int | None = None
    contacts_per_email: int | None = None
    contacts_per_phone: int | None = None

    def per_person(self, kind: Kind) -> int | None:
        """How many identifiers of a kind a person may have."""
        return self.emails_per_person if kind is Kind.EMAIL else self.phones_per_person

    def contacts(self, kind: Kind) -> int | None:
        """How many contacts may carry an identifier of a kind."""
        return self.contacts_per_email if kind is Kind.EMAIL else self.contacts_per_phone


@dataclass(frozen=True, slots=True)
class Pattern:
    """An RE2 pattern that is sought in canonical values of a kind."""

    kind: Kind
    pattern: str


@dataclass(frozen=True, slots=True)
class Values:
    """Emails and phone numbers as an operator wrote them."""

    emails: tuple[str, ...] = ()
    phone_numbers: tuple[str, ...] = ()


@dataclass(frozen=True)
class Policy:
    """The default is the specification to the letter, placeholders aside."""

    placeholders: bool = True
    blocked: Values = Values()
    blocked_domains: tuple[str, ...] = ()
    blocked_patterns: tuple[Pattern, ...] = ()
    allowed: Values = Values()
    limits: Limits = Limits()
    join_only_verified: bool = False
    erased: Literal["refuse", "accept"] = "refuse"
    normalization: NormalizationRules = field(default_factory=NormalizationRules)

    def canonical(self, kind: Kind, given: str) -> tuple[str | None, Ignored | None]:
        """The key that a given value matches by; else, with None, why it does not count.

        The same for a request, a file and a cluster. Raises ValueError, saying what to send, for
        what cannot be read.
        """
        require_bounded(kind, given)
        if self.placeholders and given.strip().lower() in PLACEHOLDER_WORDS:
            return None, Ignored.PLACEHOLDER
        key = self.normalized(kind, given)
        # Most values are none of these, so an identifier is made, and hashed, only if need be.
        if not (self._blocks or (self.placeholders and _is_placeholder(kind, key))):
            return key, None
        ignored = self.ignores(Identifier(kind, key))
        return (key, None) if ignored is None else (None, ignored)

    def ignores(self, identifier: Identifier) -> Ignored | None:
        """Why an identifier does not count, if it does not."""
        if identifier in self.allowed_identifiers:
            return None
        if self.placeholders and _is_placeholder(identifier.kind, identifier.key):
            return Ignored.PLACEHOLDER
        if identifier in self._blocked_identifiers or self._matches_block(identifier):
            return Ignored.BLOCKED
        return None

    @cached_property
    def allowed_identifiers(self) -> frozenset[Identifier]:
        """Identifiers that no guard on values, and no limit on contacts, stops."""
        return self._identifiers(self.allowed)

    def keys_differ(self, other: "Policy") -> bool:
        """Whether some value may have another key under the other policy."""
        return self._about_keys != other._about_keys

    @property
    def _about_keys(self) -> tuple[object, ...]:
        return (
            self.placeholders,
            self._blocked_identifiers,
            self._domains,
            frozenset(self.blocked_patterns),
            self.allowed_identifiers,
            self.normalization,
        )

    @cached_property
    def _blocks(self) -> bool:
        return self.blocked != Values() or bool(self.blocked_domains or self.blocked_patterns)

    @cached_property
    def _blocked_identifiers(self) -> frozenset[Identifier]:
        return self._identifiers(self.blocked)

    @cached_property
    def _domains(self) -> frozenset[str]:
        rules = self.normalization
        return frozenset(domain_key(each, rules=rules) for each in self.blocked_domains)

    @cached_property
    def _searches(self) -> tuple[tuple[Kind, Callable[[str], object]], ...]:
        return tuple(
            (each.kind, re2.compile(each.pattern).search) for each in self.blocked_patterns
        )

    def _identifiers(self, values: Values) -> frozenset[Identifier]:
        return frozenset(
            Identifier(kind, self.normalized(kind, given))
            for kind, all_given in (
                (Kind.EMAIL, values.emails),
                (Kind.PHONE, values.phone_numbers),
            )
            for given in all_given
        )

    def normalized(self, kind: Kind, given: str) -> str:
        """The canonical value; raises ValueError for what cannot be read."""
        if kind is Kind.EMAIL:
            return canonical_email(given, rules=self.normalization)
        return canonical_phone(given, rules=self.normalization)

    def _matches_block(self, identifier: Identifier) -> bool:
        if self._domains and identifier.kind is Kind.EMAIL:
            domain = identifier.key.rpartition("@")[2]
            labels = domain.split(".")
            if any(".".join(labels[place:]) in self._domains for place in range(len(labels))):
                return True
        return any(
            kind is identifier.kind and search(identifier.key) for kind, search in self._searches
        )


SPEC = Policy()
PROTECT = replace(
    SPEC,
    limits=Limits(
        emails_per_person=25, phones_per_person=25, contacts_per_email=5, contacts_per_phone=10
    ),
)
PRESETS: Mapping[str, Policy] = {"spec": SPEC, "protect": PROTECT}


def preset_of(policy: Policy) -> str | None:
    """The name of the preset that a policy is, whatever its region; None if it is none."""
    region = policy.normalization.default_region
    for name, preset in PRESETS.items():
        rules = replace(preset.normalization, default_region=region)
        if replace(preset, normalization=rules) == policy:
            return name
    return None


def _is_placeholder(kind: Kind, key: str) -> bool:
    if kind is Kind.PHONE:
        return _PLACEHOLDER_PHONE.fullmatch(key.partition(";")[0]) is not None
    local, _, domain = key.rpartition("@")
    if local not in PLACEHOLDER_WORDS:
        return False
    found = _PLACEHOLDER_DOMAIN.fullmatch(domain)
    label = found and found["label"]
    return label in (None, "example", "test") or label in PLACEHOLDER_WORDS


def domain_key(domain: str, *, rules: NormalizationRules) -> str:
    """The domain that canonical emails there have; raises ValueError for what is none."""
    return canonical_email(f"x@{domain}", rules=rules).removeprefix("x@")
