"""Given values become contact details, as a policy reads them."""

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from types import MappingProxyType

from reunite.core.errors import FieldError, InvalidRequest, NoUsableIdentifier
from reunite.core.identifiers.kinds import (
    KINDS,
    MAX_IDENTIFIERS,
    ORDER,
    ContactDetails,
    Ignored,
    Kind,
    Value,
)
from reunite.core.policy.declared import is_name
from reunite.core.policy.policy import Policy

Others = Mapping[str, Sequence[str]]
"""Values as given, by the declared kinds' names."""

NO_OTHERS: Others = MappingProxyType({})


def contact_details(
    email: str | None, phone_number: str | None, others: Others = NO_OTHERS, *, policy: Policy
) -> ContactDetails:
    """Read given values as contact details; blank counts as not given.

    Where the policy declares no kinds, ``others`` count as not given, too. Raises InvalidRequest
    naming every field that cannot be read, or when nothing is given; NoUsableIdentifier when the
    policy lets none of what is given count.
    """
    email, phone_number = _given(email), _given(phone_number)
    if email is None and phone_number is None and not (others and policy.declared):
        raise _nothing_given(policy, others)
    errors: list[FieldError] = []
    values: list[Value] = []
    ignored: list[tuple[str, Ignored]] = []
    for kind, given in zip(ORDER, (email, phone_number), strict=True):
        if given is None:
            continue
        try:
            key, reason = policy.canonical(kind, given)
        except ValueError as error:
            errors.append(unreadable(kind, str(error)))
            continue
        if reason is not None:
            ignored.append((kind, reason))
        # A placeholder says that there is no value, so none is kept.
        if reason is None or not policy.says_nothing(kind, given, reason):
            values.append(Value(kind, given, key))
    if policy.kinds:
        _add_others(others, values, ignored, errors, policy)
    if errors:
        raise InvalidRequest(*errors)
    details = ContactDetails(tuple(values), tuple(ignored))
    if not details.identifiers:
        raise NoUsableIdentifier
    return details


def _add_others(
    others: Others,
    values: list[Value],
    ignored: list[tuple[str, Ignored]],
    errors: list[FieldError],
    policy: Policy,
) -> None:
    """Add the values of declared kinds, and bring all into the order of strength."""
    if policy.declared:
        for kind, all_given in others.items():
            read = list(_read_kind(kind, all_given, ignored, errors, policy))
            limit = policy.per_person(kind)
            if limit is not None and len(read) > limit:
                detail = f"A person has {limit} at most: send no more values of {kind}."
                errors.append(FieldError(field_of(kind), "too_many_values", detail))
            values += read
    if len(values) > MAX_IDENTIFIERS:
        detail = f"Send at most {MAX_IDENTIFIERS} values of all kinds together."
        errors.append(FieldError("identifiers", "too_many_values", detail))
    if not (values or ignored or errors):
        errors += _nothing_given(policy).errors
    values.sort(key=lambda value: policy.strength.get(value.kind, 0))


def _read_kind(
    kind: str,
    all_given: Sequence[str],
    ignored: list[tuple[str, Ignored]],
    errors: list[FieldError],
    policy: Policy,
) -> Iterator[Value]:
    """The values of a declared kind; those that are the same only once, as given first."""
    if kind not in policy.declared:
        errors.append(undeclared(kind, policy))
        return
    forms: set[str] = set()
    for given in filter(None, map(_given, all_given)):
        try:
            key, reason = policy.canonical(kind, given)
        except ValueError as error:
            errors.append(unreadable(kind, str(error)))
            continue
        form = key or policy.form(kind, given)
        if reason is not None and (kind, reason) not in ignored:
            ignored.append((kind, reason))
        if form not in forms and not policy.says_nothing(kind, given, reason):
            forms.add(form)
            yield Value(kind, given, key, form)


@dataclass(frozen=True, slots=True)
class DeclaredValues:
    """Values of declared kinds in a row of a file, the strongest kind first.

    ``unreadable`` are the places of those that cannot be read, which are left out.
    ``has_too_many``: of a kind there are more than a person may have.
    """

    values: tuple[Value, ...]
    unreadable: tuple[int, ...]
    has_too_many: bool


def values_of_declared(given: Sequence[tuple[str, str]], *, policy: Policy) -> DeclaredValues:
    """Read values of declared kinds, each given with its kind, as those of a request are read."""
    values: dict[tuple[str, str | None], Value] = {}
    unreadable = []
    for place, (kind, text) in enumerate(given):
        errors: list[FieldError] = []
        for value in _read_kind(kind, [text], [], errors, policy):
            values.setdefault((kind, value.form), value)
        if errors:
            unreadable.append(place)
    in_order = sorted(values.values(), key=lambda value: policy.strength[value.kind])
    counts = Counter(value.kind for value in in_order)
    limits = {kind: policy.per_person(kind) for kind in counts}
    has_too_many = any(limit is not None and counts[kind] > limit for kind, limit in limits.items())
    return DeclaredValues(tuple(in_order), tuple(unreadable), has_too_many)


def given_values(
    email: str | None, phone_number: str | None, others: Others = NO_OTHERS, *, policy: Policy
) -> list[tuple[str, str]]:
    """The values that are given, each with its kind; raises InvalidRequest when none is."""
    values = [(Kind.EMAIL, _given(email)), (Kind.PHONE, _given(phone_number))]
    given = [(kind, value) for kind, value in values if value is not None]
    found: list[tuple[str, str]] = [*given]
    if policy.declared:
        errors = [undeclared(kind, policy) for kind in others if kind not in policy.declared]
        if errors:
            raise InvalidRequest(*errors)
        found += [(kind, each) for kind, texts in others.items() for each in texts if _given(each)]
    if not found:
        raise _nothing_given(policy, others)
    return found


def field_of(kind: str) -> str:
    """The field of a request that holds values of a kind."""
    return KINDS[kind].field if kind in KINDS else f"identifiers.{kind}"


def unreadable(kind: str, detail: str) -> FieldError:
    """The error of a value of a kind that cannot be read."""
    if kind is Kind.EMAIL:
        return FieldError("email", "invalid_email", detail)
    if kind is Kind.PHONE:
        return FieldError("phoneNumber", "invalid_phone_number", detail)
    return FieldError(f"identifiers.{kind}", "invalid_identifier", detail)


def undeclared(kind: str, policy: Policy) -> FieldError:
    """That the policy does not declare a kind, and which it does."""
    return FieldError(
        f"identifiers.{kind}" if is_name(kind) else "identifiers",
        "undeclared_kind",
        f"The policy declares no such kind: send some of {', '.join(policy.declared)}.",
    )


def _given(value: str | None) -> str | None:
    return value if value and not value.isspace() else None


def _nothing_given(policy: Policy, given: Others = NO_OTHERS) -> InvalidRequest:
    others = ""
    if policy.declared:
        others = f", or identifiers ({', '.join(policy.declared)})"
    elif given:
        others = "; identifiers are not read, since the policy of this workspace declares no kinds"
    return InvalidRequest(
        FieldError(
            "email",
            "no_identifier",
            f"Nothing to look for: send an email, a phoneNumber or both{others}.",
        )
    )
