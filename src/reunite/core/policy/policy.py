"""The policy of a workspace: how values become canonical, and what guards against strangers.

What a policy says of one value is decided here; what it says of persons, in ``guards``. Its JSON
form is in ``form``.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from functools import cached_property
from typing import Literal

from reunite.core.identifiers.fillers import (
    NO_FILLERS,
    ROLE_NAMES,
    Fillers,
    is_known_filler,
    is_role,
)
from reunite.core.identifiers.kinds import (
    ORDER,
    Identifier,
    Ignored,
    Kind,
    NormalizationRules,
    canonical_email,
    canonical_phone,
    kind_of,
    require_bounded,
)
from reunite.core.identifiers.placeholders import Placeholders, placeholders_of
from reunite.core.policy.declared import DeclaredKind, is_built_in
from reunite.core.policy.parts import (
    NO_LIMITS,
    NO_VALUES,
    NOTHING_BLOCKED,
    Blocked,
    Limits,
    Values,
)
from reunite.core.policy.patterns import search_of


@dataclass(frozen=True)
class Policy:
    """The default is the specification to the letter, placeholders aside."""

    placeholders: bool = True
    fillers: Fillers = NO_FILLERS
    blocked: Blocked = NOTHING_BLOCKED
    allowed: Values = NO_VALUES
    limits: Limits = NO_LIMITS
    join_only_verified: bool = False
    erased: Literal["refuse", "accept"] = "refuse"
    normalization: NormalizationRules = field(default_factory=NormalizationRules)
    kinds: tuple[tuple[str, DeclaredKind], ...] = ()
    """The declared kinds by name, the strongest first; email and phone may stand among them, for
    their place alone."""

    @cached_property
    def declared(self) -> Mapping[str, DeclaredKind]:
        """The declared kinds by name, without email and phone."""
        return {name: kind for name, kind in self.kinds if not is_built_in(name)}

    @cached_property
    def strength(self) -> Mapping[str, int]:
        """The place of each kind, 0 for the strongest; email and phone last if they have none."""
        names = dict.fromkeys((*(kind_of(name) for name, _ in self.kinds), *ORDER))
        return {name: place for place, name in enumerate(names)}

    def per_person(self, kind: str) -> int | None:
        """How many identifiers of a kind a person may have; None is no limit."""
        if isinstance(kind, Kind):
            return self.limits.per_person(kind)
        declared = self.declared.get(kind)
        return None if declared is None else declared.per_person

    def contacts_per_value(self, kind: str) -> int | None:
        """How many contacts may carry an identifier of a kind; None is no limit."""
        if isinstance(kind, Kind):
            return self.limits.contacts(kind)
        declared = self.declared.get(kind)
        return None if declared is None else declared.contacts_per_value

    def canonical(self, kind: str, given: str) -> tuple[str | None, Ignored | None]:
        """The key that a given value matches by; else, with None, why it does not count.

        The same for a request, a file and a cluster. Raises ValueError, saying what to send, for
        what cannot be read.
        """
        if not isinstance(kind, Kind):
            return self._declared_key(kind, given)
        require_bounded(kind, given)
        if self.is_word(given):
            return None, Ignored.PLACEHOLDER
        key = self.normalized(kind, given)
        # Most values are none of these, so an identifier is made, and hashed, only if need be.
        if not (self._blocks or (self.placeholders and self._placeholders.include(kind, key))):
            return key, None
        ignored = self.ignores(Identifier(kind, key))
        return (key, None) if ignored is None else (None, ignored)

    def _declared_key(self, kind: str, given: str) -> tuple[str | None, Ignored | None]:
        if self.is_word(given):
            return None, Ignored.PLACEHOLDER
        key = self.normalized(kind, given)
        ignored = self._ignores_declared(kind, key)
        return (key, None) if ignored is None else (None, ignored)

    def _ignores_declared(self, kind: str, key: str) -> Ignored | None:
        declared = self.declared.get(kind)
        if declared is None:
            return Ignored.UNDECLARED
        if Identifier(kind, key) in self._blocked_identifiers:
            return Ignored.BLOCKED
        if self.placeholders and declared.says_nothing(key, self._placeholders):
            return Ignored.PLACEHOLDER
        return None if declared.links else Ignored.CARRIED

    def is_word(self, given: str) -> bool:
        """Whether a value as given is a word that says that there is none."""
        return self.placeholders and self._placeholders.are(given)

    def ignores(self, identifier: Identifier) -> Ignored | None:
        """Why an identifier does not count, if it does not."""
        if identifier in self.allowed_identifiers:
            return None
        kind, key = identifier
        if not isinstance(kind, Kind):
            return self._ignores_declared(kind, key)
        if self.placeholders and self._placeholders.include(kind, key):
            return Ignored.PLACEHOLDER
        if self._is_filler(identifier):
            return Ignored.PLACEHOLDER
        if identifier in self._blocked_identifiers or self._matches_block(identifier):
            return Ignored.BLOCKED
        return None

    def says_nothing(self, kind: str, given: str | None, ignored: Ignored | None) -> bool:
        """Whether a value is to be read as not given, as it was ``ignored``: it is not kept.

        A mailbox of a role is a way to reach a person, so it is kept.
        """
        if given is None or ignored is not Ignored.PLACEHOLDER:
            return False
        if kind is not Kind.EMAIL or not self._role_names:
            return True
        try:
            return not is_role(self.normalized(kind, given), self._role_names)
        except ValueError:
            return True

    @cached_property
    def allowed_identifiers(self) -> frozenset[Identifier]:
        """Identifiers that no guard on values, and no limit on contacts, stops."""
        return self._identifiers(self.allowed)

    def keys_differ(self, other: "Policy") -> bool:
        """Whether some value may have another key under the other policy."""
        return self._about_keys != other._about_keys

    def names_differ(self, other: "Policy") -> bool:
        """Whether values may have other canonical forms under the other policy."""
        return self._about_names != other._about_names

    @property
    def _about_names(self) -> tuple[object, ...]:
        return self.normalization, {n: each.about_names for n, each in self.declared.items()}

    @property
    def _about_keys(self) -> tuple[object, ...]:
        return (
            self.placeholders,
            self.fillers.known,
            self._role_names,
            self._filler_identifiers,
            self._blocked_identifiers,
            self._domains,
            frozenset(self.blocked.patterns),
            self.allowed_identifiers,
            self.normalization,
            {name: kind.about_keys for name, kind in self.declared.items()},
        )

    @cached_property
    def _blocks(self) -> bool:
        return self.fillers != NO_FILLERS or self.blocked != NOTHING_BLOCKED

    @cached_property
    def _placeholders(self) -> Placeholders:
        return placeholders_of(self.normalization.version)

    @cached_property
    def _role_names(self) -> frozenset[str]:
        names = frozenset(map(str.lower, self.fillers.names))
        return names | ROLE_NAMES if self.fillers.known else names

    @cached_property
    def _filler_identifiers(self) -> frozenset[Identifier]:
        return self._identifiers(Values(self.fillers.emails, self.fillers.phone_numbers))

    def _is_filler(self, identifier: Identifier) -> bool:
        if self.fillers.known and is_known_filler(identifier):
            return True
        if identifier in self._filler_identifiers:
            return True
        return identifier.kind is Kind.EMAIL and is_role(identifier.key, self._role_names)

    @cached_property
    def _blocked_identifiers(self) -> frozenset[Identifier]:
        of_declared = (
            self._identifier(name, given)
            for name, kind in self.declared.items()
            for given in kind.blocked
        )
        return self._identifiers(self.blocked).union(filter(None, of_declared))

    @cached_property
    def _domains(self) -> frozenset[str]:
        found = frozenset(map(self._domain, self.blocked.domains))
        return frozenset(each for each in found if each is not None)

    def _domain(self, given: str) -> str | None:
        """None for what later rules cannot read any more."""
        try:
            return domain_key(given, rules=self.normalization)
        except ValueError:
            return None

    @cached_property
    def _searches(self) -> tuple[tuple[Kind, Callable[[str], object]], ...]:
        return tuple((each.kind, search_of(each.pattern)) for each in self.blocked.patterns)

    def _identifiers(self, values: Values) -> frozenset[Identifier]:
        return frozenset(
            identifier
            for kind, all_given in (
                (Kind.EMAIL, values.emails),
                (Kind.PHONE, values.phone_numbers),
            )
            for given in all_given
            if (identifier := self._identifier(kind, given)) is not None
        )

    def _identifier(self, kind: str, given: str) -> Identifier | None:
        """None for what later rules cannot read any more: no contact has it then."""
        try:
            return Identifier(kind, self.normalized(kind, given))
        except ValueError:
            return None

    def form(self, kind: str, given: str) -> str:
        """The canonical value, even if it does not count; the value itself if it cannot be read."""
        try:
            return self.normalized(kind, given)
        except ValueError:
            return given

    def normalized(self, kind: str, given: str) -> str:
        """The canonical value; raises ValueError for what cannot be read."""
        if not isinstance(kind, Kind):
            declared = self.declared.get(kind)
            return given if declared is None else declared.canonical(given, self.normalization)
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
    fillers=Fillers(known=True),
    limits=Limits(
        emails_per_person=25,
        phones_per_person=25,
        persons_per_email=5,
        persons_per_phone=2,
        emails_per_phone=10,
    ),
)


def domain_key(domain: str, *, rules: NormalizationRules) -> str:
    """The domain that canonical emails there have; raises ValueError for what is none."""
    return canonical_email(f"x@{domain}", rules=rules).removeprefix("x@")
