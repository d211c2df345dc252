"""A policy's JSON form: what an operator writes, read and written; docs/reference/policy.md."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import replace
from typing import Any

from reunite.core.errors import FieldError, InvalidPolicy
from reunite.core.identifiers.kinds import FIRST_RULES, LATEST_RULES
from reunite.core.policy.declared import (
    MAX_KINDS,
    DeclaredKind,
    Normalize,
    is_built_in,
    require_name,
)
from reunite.core.policy.form import FORM, Form, Kinds, Leaf, Patterns, Texts, Wrong, snake
from reunite.core.policy.patterns import MAX_PROGRAM, PatternTooLarge, matches_all, program_size
from reunite.core.policy.policy import SPEC, Policy
from reunite.core.policy.presets import PRESETS
from reunite.core.spelling import near

_NOT_AN_OBJECT = "Not an object: send one as docs/reference/policy.md shows."
_AN_ANSWER = "An answer of GET /policy holds the policy in this field: send its value alone."

MAX_VALUES = 5_000
"""The most values of all lists together: each process reads all of them."""
_MAX_ERRORS = 100
_NAME_MAX_LENGTH = 100


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
    if isinstance(rules.get("policy"), Mapping):
        raise InvalidPolicy(FieldError("policy", "unknown_field", _AN_ANSWER))
    wrong = _Wrongs(_MAX_ERRORS)
    policy = _read(rules, wrong, default_region, rules_version)
    _check_values(policy, wrong)
    _check_patterns(policy, wrong)
    wrong.finish()
    return policy


def stored_policy(rules: Mapping[str, Any]) -> Policy:
    """The policy of what ``rules_of`` gave once, also where it would be refused today.

    What no version of the rules is named in was written when there was only the first. No value is
    read and no pattern compiled before it is used.
    """
    kinds = {"kinds": dict(rules["kinds"])} if "kinds" in rules else {}
    return _read({**rules, **kinds}, _Wrongs(None), None, FIRST_RULES)


def rules_of(policy: Policy) -> dict[str, Any]:
    """The whole JSON form; without ``kinds`` where none are declared."""
    return _written(FORM, policy)


def rules_to_store(policy: Policy) -> dict[str, Any]:
    """As ``rules_of``, for ``stored_policy``: databases do not keep the order of names."""
    rules = rules_of(policy)
    kinds = {"kinds": list(rules["kinds"].items())} if "kinds" in rules else {}
    return {**rules, **kinds}


def _written(form: Form, of: object) -> dict[str, Any]:
    written: dict[str, Any] = {}
    for name, shape in form.items():
        value = getattr(of, snake(name))
        match shape:
            case Patterns():
                value = [{"kind": each.kind.value, "pattern": each.pattern} for each in value]
            case Texts():
                value = list(value)
            case Kinds(inner):
                if not value:
                    continue
                value = {
                    each: {} if is_built_in(each) else _written(inner, kind) for each, kind in value
                }
            case Leaf():
                pass
            case _:
                value = _written(shape, value)
        written[name] = value
    return written


class _Wrongs:
    """The errors so far."""

    def __init__(self, at_most: int | None) -> None:
        self._errors: list[FieldError] = []
        self._at_most = at_most

    def add(self, field: str, code: str, detail: str) -> None:
        """Raise InvalidPolicy when there are too many."""
        self._errors.append(FieldError(field, code, detail))
        if len(self._errors) == self._at_most:
            self.finish()

    def add_all(self, field: str, found: Sequence[Wrong]) -> None:
        """Raise InvalidPolicy when there are too many."""
        for place, code, detail in found:
            self.add(field + place, code, detail)

    def finish(self) -> None:
        """Raise InvalidPolicy if there are some."""
        if self._errors:
            raise InvalidPolicy(*self._errors)


def _read(
    rules: Mapping[str, Any], wrong: _Wrongs, default_region: str | None, rules_version: int
) -> Policy:
    """The policy as far as it can be read; its values are yet to be looked at."""
    preset = rules.get("preset", "spec")
    base = PRESETS.get(preset) if isinstance(preset, str) else None
    if base is None:
        wrong.add("preset", "invalid_choice", f"Send one of {', '.join(PRESETS)}.")
        base = SPEC
    normalization = replace(
        base.normalization, default_region=default_region, version=rules_version
    )
    base = replace(base, normalization=normalization)
    _require_known("", rules, {"preset", *FORM}, wrong)
    read: Policy = _filled(FORM, rules, base, wrong)
    return read


def _filled(
    form: Form, given: Mapping[str, Any], base: Any, wrong: _Wrongs, place: str = ""
) -> Any:
    """``base`` with the values that are given."""
    values: dict[str, Any] = {}
    for name, shape in form.items():
        if name not in given:
            continue
        field, each = f"{place}{name}", given[name]
        if isinstance(shape, Leaf):
            read = shape.read(each)
            if isinstance(read, list):
                wrong.add_all(field, read)
            else:
                values[snake(name)] = read
        elif isinstance(shape, Kinds):
            values[snake(name)] = _filled_kinds(shape, each, wrong, field)
        elif isinstance(each, dict):
            inner = f"{field}."
            _require_known(inner, each, {*shape}, wrong)
            values[snake(name)] = _filled(shape, each, getattr(base, snake(name)), wrong, inner)
        else:
            wrong.add(field, "invalid_type", _NOT_AN_OBJECT)
    return replace(base, **values)


def _filled_kinds(
    shape: Kinds, given: object, wrong: _Wrongs, field: str
) -> tuple[tuple[str, DeclaredKind], ...]:
    if not isinstance(given, dict):
        wrong.add(field, "invalid_type", _NOT_AN_OBJECT)
        return ()
    if len(given) > MAX_KINDS:
        wrong.add(field, "too_many_kinds", f"Send at most {MAX_KINDS}.")
        return ()
    found = []
    for name, each in given.items():
        inner = f"{field}.{name[:_NAME_MAX_LENGTH]}"
        try:
            require_name(name)
        except ValueError as error:
            wrong.add(inner, "invalid_name", str(error))
            continue
        if not isinstance(each, dict):
            wrong.add(inner, "invalid_type", _NOT_AN_OBJECT)
        elif is_built_in(name) and each:
            wrong.add(
                inner,
                "invalid_value",
                f"The rules of {name} stand in blocked, limits and normalization: send {{}} for "
                "its place among the kinds.",
            )
        else:
            _require_known(f"{inner}.", each, {*shape.form}, wrong)
            kind = _filled(shape.form, each, DeclaredKind(), wrong, f"{inner}.")
            found.append((name, replace(kind, normalize=Normalize(kind.normalize))))
    return tuple(found)


def _require_known(place: str, given: Mapping[str, Any], known: set[str], wrong: _Wrongs) -> None:
    listed = ", ".join(sorted(known))
    for each in sorted(given.keys() - known):
        meant = near(each, known)
        hint = f" Did you mean {meant}?" if meant else ""
        wrong.add(
            f"{place}{each[:_NAME_MAX_LENGTH]}",
            "unknown_field",
            f"Not known.{hint} Send some of {listed}.",
        )


Check = Callable[[Policy, str], object]


def _lists(form: Form, of: object, place: str = "") -> Iterator[tuple[str, Check, tuple[str, ...]]]:
    """The lists of texts of a policy, with the names of their fields and what checks each text."""
    for name, shape in form.items():
        value = getattr(of, snake(name))
        if isinstance(shape, Texts):
            yield f"{place}{name}", shape.check, value
        elif isinstance(shape, Kinds):
            for each, kind in value:
                yield f"{place}{name}.{each}.blocked", _check_of(kind), kind.blocked
        elif not isinstance(shape, Leaf):
            yield from _lists(shape, value, f"{place}{name}.")


def _check_of(kind: DeclaredKind) -> Check:
    """The check of a value of a kind; the error of a wrong pattern comes from elsewhere."""
    return lambda policy, text: replace(kind, pattern=None).canonical(text, policy.normalization)


def _check_values(policy: Policy, wrong: _Wrongs) -> None:
    left = MAX_VALUES
    for name, check, values in _lists(FORM, policy):
        left -= len(values)
        if left < 0 and values:
            wrong.add(
                name,
                "too_many_values",
                f"Send at most {MAX_VALUES:,} values in all lists together; block a domain or a "
                "pattern in place of many.",
            )
            continue
        for place, each in enumerate(values):
            try:
                check(policy, each)
            except ValueError as error:
                wrong.add(f"{name}.{place}", "invalid_value", str(error))


def _check_patterns(policy: Policy, wrong: _Wrongs) -> None:
    left = MAX_PROGRAM
    blocking = {f"blocked.patterns.{n}": each for n, each in enumerate(policy.blocked.patterns)}
    of_kinds = {
        f"kinds.{name}.pattern": kind.pattern
        for name, kind in policy.kinds
        if kind.pattern is not None
    }
    for name, pattern in ({n: each.pattern for n, each in blocking.items()} | of_kinds).items():
        try:
            left -= program_size(pattern, at_most=left)
        except PatternTooLarge:
            # No other is compiled, so that what is refused costs little.
            wrong.add(
                name,
                "pattern_too_large",
                "Too large, together with those before it: repeat less, as in {1,150}, name "
                r"fewer classes of characters, as in \p{L}, or send fewer patterns.",
            )
            return
        except ValueError as error:
            wrong.add(name, "invalid_pattern", f"Not an RE2 pattern: {error}.")
            continue
        if name in blocking and matches_all(blocking[name].kind, pattern):
            wrong.add(
                name,
                "invalid_pattern",
                f"It is found in every {blocking[name].kind}, so none would count: name what is "
                "to be blocked, as in ^noreply@.",
            )
