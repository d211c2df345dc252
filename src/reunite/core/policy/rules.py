"""A policy's JSON form: what an operator writes, read and written; docs/reference/policy.md."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from functools import partial
from typing import Any

import phonenumbers

from reunite.core.errors import FieldError, InvalidPolicy
from reunite.core.identifiers.fillers import Fillers
from reunite.core.identifiers.kinds import FIRST_RULES, LATEST_RULES, Kind, NormalizationRules
from reunite.core.policy.patterns import (
    MAX_PATTERNS,
    MAX_PROGRAM,
    PATTERN_MAX_LENGTH,
    PatternTooLarge,
    matches_all,
    program_size,
)
from reunite.core.policy.policy import PRESETS, SPEC, Limits, Pattern, Policy, Values, domain_key
from reunite.core.spelling import near

MAX_VALUES = 5_000
"""Of all lists of a policy together: each value is read when a process begins to use the policy."""
_MAX_ERRORS = 100
_NAME_MAX_LENGTH = 100

_LIMITS = {
    "emailsPerPerson": "emails_per_person",
    "phonesPerPerson": "phones_per_person",
    "contactsPerEmail": "contacts_per_email",
    "contactsPerPhone": "contacts_per_phone",
    "personsPerEmail": "persons_per_email",
    "personsPerPhone": "persons_per_phone",
    "emailsPerPhone": "emails_per_phone",
}


def policy_from(
    rules: Mapping[str, Any],
    *,
    default_region: str | None = None,
    rules_version: int = LATEST_RULES,
) -> Policy:
    """The policy of a JSON form; what is left out is as in its preset, ``spec`` unless named.

    ``default_region`` and ``rules_version`` take the place of what is left out. Raises
    InvalidPolicy naming the fields that are wrong, up to a hundred of them.
    """
    return _Reader(rules, default_region, rules_version).policy()


def stored_policy(rules: Mapping[str, Any]) -> Policy:
    """The policy of what ``rules_of`` gave once, also where it would be refused today.

    What no version of the rules is named in was written when there was only the first.
    """
    return _StoredReader(rules, None, FIRST_RULES).policy()


def rules_of(policy: Policy) -> dict[str, Any]:
    """The whole JSON form."""
    return {
        "placeholders": policy.placeholders,
        "fillers": {
            "known": policy.fillers.known,
            "emails": list(policy.fillers.emails),
            "names": list(policy.fillers.names),
            "phoneNumbers": list(policy.fillers.phone_numbers),
        },
        "blocked": {
            **_values_json(policy.blocked),
            "domains": list(policy.blocked_domains),
            "patterns": [
                {"kind": each.kind.value, "pattern": each.pattern}
                for each in policy.blocked_patterns
            ],
        },
        "allowed": _values_json(policy.allowed),
        "limits": {name: getattr(policy.limits, field) for name, field in _LIMITS.items()},
        "joinOnlyVerified": policy.join_only_verified,
        "erased": policy.erased,
        "normalization": {
            "defaultRegion": policy.normalization.default_region,
            "foldGmail": policy.normalization.fold_gmail,
            "foldMobile": policy.normalization.fold_mobile,
            "version": policy.normalization.version,
        },
    }


def _values_json(values: Values) -> dict[str, list[str]]:
    return {"emails": list(values.emails), "phoneNumbers": list(values.phone_numbers)}


class _Reader:
    """Reads a JSON form, gathering what is wrong with it."""

    def __init__(
        self, rules: Mapping[str, Any], default_region: str | None, rules_version: int
    ) -> None:
        self._rules = rules
        self._default_region = default_region
        self._rules_version = rules_version
        self._values_left = MAX_VALUES
        self._errors: list[FieldError] = []

    def policy(self) -> Policy:
        base = self._preset()
        known = {"preset", *rules_of(base)}
        self._require_known("", self._rules, known)
        blocked = self._object("blocked", {"emails", "phoneNumbers", "domains", "patterns"})
        allowed = self._object("allowed", {"emails", "phoneNumbers"})
        limits = self._object("limits", set(_LIMITS))
        rules = self._object("normalization", {*rules_of(base)["normalization"]})
        fillers = self._object("fillers", {*rules_of(base)["fillers"]})
        erased = self._rules.get("erased", base.erased)
        if erased not in ("refuse", "accept"):
            self._wrong("erased", "invalid_choice", 'Send "refuse" or "accept".')
        policy = Policy(
            placeholders=self._flag("placeholders", self._rules, base.placeholders),
            limits=Limits(
                **{
                    field: self._limit(
                        f"limits.{name}", limits.get(name, getattr(base.limits, field))
                    )
                    for name, field in _LIMITS.items()
                }
            ),
            join_only_verified=self._flag("joinOnlyVerified", self._rules, base.join_only_verified),
            erased=erased,
            normalization=NormalizationRules(
                default_region=self._region(rules.get("defaultRegion", self._default_region)),
                fold_gmail=self._flag("normalization.foldGmail", rules, base=False),
                fold_mobile=self._flag("normalization.foldMobile", rules, base=False),
                version=self._version(rules.get("version", self._rules_version)),
            ),
        )
        policy = replace(
            policy,
            fillers=self._fillers(fillers, base.fillers.known, policy),
            blocked=self._values("blocked", blocked, policy),
            blocked_domains=self._texts(
                "blocked.domains",
                blocked.get("domains", []),
                partial(domain_key, rules=policy.normalization),
            ),
            blocked_patterns=self._patterns(blocked.get("patterns", [])),
            allowed=self._values("allowed", allowed, policy),
        )
        self._finish()
        return policy

    def _finish(self) -> None:
        if self._errors:
            raise InvalidPolicy(*self._errors)

    def _wrong(self, field: str, code: str, detail: str) -> None:
        self._errors.append(FieldError(field, code, detail))
        if len(self._errors) == _MAX_ERRORS:
            self._finish()

    def _preset(self) -> Policy:
        name = self._rules.get("preset", "spec")
        if isinstance(name, str) and name in PRESETS:
            return PRESETS[name]
        self._wrong("preset", "invalid_choice", f"Send one of {', '.join(PRESETS)}.")
        return SPEC

    def _object(self, name: str, fields: set[str]) -> Mapping[str, Any]:
        given = self._rules.get(name, {})
        if not isinstance(given, dict):
            self._wrong(name, "invalid_type", "Not an object: see docs/reference/policy.md.")
            return {}
        self._require_known(f"{name}.", given, fields)
        return given

    def _require_known(self, place: str, given: Mapping[str, Any], known: set[str]) -> None:
        listed = ", ".join(sorted(known))
        for each in sorted(given.keys() - known):
            meant = near(each, known)
            hint = f" Did you mean {meant}?" if meant else ""
            self._wrong(
                f"{place}{each[:_NAME_MAX_LENGTH]}",
                "unknown_field",
                f"Not known.{hint} Send some of {listed}.",
            )

    def _flag(self, name: str, given: Mapping[str, Any], base: bool) -> bool:
        value = given.get(name.rpartition(".")[2], base)
        if not isinstance(value, bool):
            self._wrong(name, "invalid_type", "Send true or false.")
            return base
        return value

    def _limit(self, name: str, value: object) -> int | None:
        if value is None or (isinstance(value, int) and not isinstance(value, bool) and value > 0):
            return value
        self._wrong(name, "invalid_limit", "Send a whole number from 1, or null for no limit.")
        return None

    def _region(self, value: object) -> str | None:
        if value is None or (isinstance(value, str) and value in phonenumbers.SUPPORTED_REGIONS):
            return value
        self._wrong(
            "normalization.defaultRegion",
            "invalid_region",
            'Send two capital letters of ISO 3166, like "US", or null.',
        )
        return None

    def _version(self, value: object) -> int:
        if type(value) is int and FIRST_RULES <= value <= LATEST_RULES:
            return value
        self._wrong(
            "normalization.version",
            "invalid_choice",
            f"Send a number from {FIRST_RULES} to {LATEST_RULES}.",
        )
        return LATEST_RULES

    def _fillers(self, given: Mapping[str, Any], known: bool, policy: Policy) -> Fillers:
        values = self._values("fillers", given, policy)
        names = self._texts("fillers.names", given.get("names", []), partial(_role, policy))
        known = self._flag("fillers.known", given, known)
        return Fillers(known, values.emails, names, values.phone_numbers)

    def _values(self, name: str, given: Mapping[str, Any], policy: Policy) -> Values:
        read = [
            self._texts(
                f"{name}.{field}",
                given.get(field, []),
                partial(policy.normalized, kind),
            )
            for field, kind in (("emails", Kind.EMAIL), ("phoneNumbers", Kind.PHONE))
        ]
        return Values(*read)

    def _texts(self, name: str, given: object, read: Callable[[str], object]) -> tuple[str, ...]:
        if not isinstance(given, list) or not all(isinstance(each, str) for each in given):
            self._wrong(name, "invalid_type", "Send a list of strings.")
            return ()
        self._read_all(name, given, read)
        return tuple(given)

    def _read_all(self, name: str, given: Sequence[str], read: Callable[[str], object]) -> None:
        self._values_left -= len(given)
        if self._values_left < 0 and given:
            self._wrong(
                name,
                "too_many_values",
                f"Send at most {MAX_VALUES:,} values in all lists together; block a domain or a "
                "pattern in place of many.",
            )
            return
        for place, each in enumerate(given):
            try:
                read(each)
            except ValueError as error:
                self._wrong(f"{name}.{place}", "invalid_value", str(error))

    def _patterns(self, given: object) -> tuple[Pattern, ...]:
        if not isinstance(given, list):
            self._wrong("blocked.patterns", "invalid_type", "Send a list.")
            return ()
        if len(given) > MAX_PATTERNS:
            self._wrong("blocked.patterns", "too_many_patterns", f"Send at most {MAX_PATTERNS}.")
            return ()
        patterns = [
            pattern
            for place, each in enumerate(given)
            if (pattern := self._pattern(f"blocked.patterns.{place}", each)) is not None
        ]
        if len(patterns) == len(given):
            self._compile(patterns)
        return tuple(patterns)

    def _compile(self, patterns: Sequence[Pattern]) -> None:
        left = MAX_PROGRAM
        for place, each in enumerate(patterns):
            name = f"blocked.patterns.{place}"
            try:
                left -= program_size(each.pattern, at_most=left)
            except PatternTooLarge:
                # No other is compiled, so that what is refused costs little.
                self._wrong(
                    name,
                    "pattern_too_large",
                    "Too large, together with those before it: repeat less, as in {1,150}, name "
                    r"fewer classes of characters, as in \p{L}, or send fewer patterns.",
                )
                return
            except ValueError as error:
                self._wrong(name, "invalid_pattern", f"Not an RE2 pattern: {error}.")
                continue
            if matches_all(each.kind, each.pattern):
                self._wrong(
                    name,
                    "invalid_pattern",
                    f"It is found in every {each.kind}, so none would count: name what is to be "
                    "blocked, as in ^noreply@.",
                )

    def _pattern(self, name: str, given: object) -> Pattern | None:
        match given:
            case {"kind": str(kind), "pattern": str(pattern), **rest} if not rest:
                pass
            case _:
                self._wrong(name, "invalid_type", 'Send {"kind": "email", "pattern": "^noreply@"}.')
                return None
        if kind not in set(Kind):
            self._wrong(f"{name}.kind", "invalid_choice", f"Send one of {', '.join(Kind)}.")
            return None
        if len(pattern) > PATTERN_MAX_LENGTH:
            self._wrong(name, "pattern_too_long", f"Send at most {PATTERN_MAX_LENGTH} characters.")
            return None
        return Pattern(Kind(kind), pattern)


class _StoredReader(_Reader):
    """Reads what was accepted once: no value is read and no pattern compiled before it is used."""

    def _finish(self) -> None:
        pass

    def _read_all(self, name: str, given: Sequence[str], read: Callable[[str], object]) -> None:
        pass

    def _compile(self, patterns: Sequence[Pattern]) -> None:
        pass


def _role(policy: Policy, name: str) -> None:
    """Raise ValueError unless emails can have this name before the @."""
    if policy.normalized(Kind.EMAIL, f"{name}@hillvalley.edu") != f"{name.lower()}@hillvalley.edu":
        raise ValueError("Not what stands before the @ of an email: send a name like info.")
