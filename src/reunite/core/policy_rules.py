"""A policy's JSON form: what an operator writes, read and written; docs/reference/policy.md."""

from collections.abc import Callable, Collection, Mapping
from dataclasses import replace
from functools import partial
from typing import Any

import phonenumbers
import re2

from reunite.core.errors import FieldError, InvalidPolicy
from reunite.core.identifiers import Kind, NormalizationRules
from reunite.core.policy import PRESETS, SPEC, Limits, Pattern, Policy, Values, domain_key
from reunite.core.spelling import near

PATTERN_MAX_LENGTH = 200
MAX_PATTERNS = 100
"""Each value of each request is searched by all of them."""

_LIMITS = {
    "emailsPerPerson": "emails_per_person",
    "phonesPerPerson": "phones_per_person",
    "contactsPerEmail": "contacts_per_email",
    "contactsPerPhone": "contacts_per_phone",
}


def policy_from(rules: Mapping[str, Any], *, default_region: str | None = None) -> Policy:
    """The policy of a JSON form; what is left out is as in its preset, ``spec`` unless named.

    ``default_region`` takes the place of a region that is left out. Raises InvalidPolicy naming
    every field that is wrong.
    """
    return _Reader(rules, default_region).policy()


def rules_of(policy: Policy) -> dict[str, Any]:
    """The whole JSON form."""
    return {
        "placeholders": policy.placeholders,
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
        },
    }


def _values_json(values: Values) -> dict[str, list[str]]:
    return {"emails": list(values.emails), "phoneNumbers": list(values.phone_numbers)}


class _Reader:
    """Reads a JSON form, gathering what is wrong with it."""

    def __init__(self, rules: Mapping[str, Any], default_region: str | None) -> None:
        self._rules = rules
        self._default_region = default_region
        self._errors: list[FieldError] = []

    def policy(self) -> Policy:
        base = self._preset()
        known = {"preset", *rules_of(base)}
        for name in self._rules.keys() - known:
            self._unknown(name, name, known)
        blocked = self._object("blocked", {"emails", "phoneNumbers", "domains", "patterns"})
        allowed = self._object("allowed", {"emails", "phoneNumbers"})
        limits = self._object("limits", set(_LIMITS))
        rules = self._object("normalization", {"defaultRegion", "foldGmail"})
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
            ),
        )
        policy = replace(
            policy,
            blocked=self._values("blocked", blocked, policy),
            blocked_domains=self._texts(
                "blocked.domains",
                blocked.get("domains", []),
                partial(domain_key, rules=policy.normalization),
            ),
            blocked_patterns=self._patterns(blocked.get("patterns", [])),
            allowed=self._values("allowed", allowed, policy),
        )
        if self._errors:
            raise InvalidPolicy(*self._errors)
        return policy

    def _wrong(self, field: str, code: str, detail: str) -> None:
        self._errors.append(FieldError(field, code, detail))

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
        for each in sorted(given.keys() - fields):
            self._unknown(f"{name}.{each}", each, fields)
        return given

    def _unknown(self, field: str, name: str, known: Collection[str]) -> None:
        meant = near(name, known)
        hint = f" Did you mean {meant}?" if meant else ""
        self._wrong(field, "unknown_field", f"Not known.{hint} Send some of {_listed(known)}.")

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
        for place, each in enumerate(given):
            try:
                read(each)
            except ValueError as error:
                self._wrong(f"{name}.{place}", "invalid_value", str(error))
        return tuple(given)

    def _patterns(self, given: object) -> tuple[Pattern, ...]:
        if not isinstance(given, list):
            self._wrong("blocked.patterns", "invalid_type", "Send a list.")
            return ()
        if len(given) > MAX_PATTERNS:
            self._wrong("blocked.patterns", "too_many_patterns", f"Send at most {MAX_PATTERNS}.")
            return ()
        return tuple(
            pattern
            for place, each in enumerate(given)
            if (pattern := self._pattern(f"blocked.patterns.{place}", each)) is not None
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
        try:
            re2.compile(pattern, _QUIET)
        except re2.error as error:
            self._wrong(name, "invalid_pattern", f"Not an RE2 pattern: {_text_of(error)}.")
            return None
        return Pattern(Kind(kind), pattern)


def _text_of(error: Exception) -> str:
    (reason,) = error.args or ("it cannot be read",)
    return reason.decode() if isinstance(reason, bytes) else str(reason)


_QUIET = re2.Options()
_QUIET.log_errors = False


def _listed(names: Collection[str]) -> str:
    return ", ".join(sorted(names))
