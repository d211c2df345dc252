"""The keys that the values of a stored contact should have: what the rules make of them."""

from collections.abc import Container, Iterable

from reunite.core.identifiers.kinds import Identifier, Mark, Value
from reunite.core.policy.policy import Policy

UNREADABLE = "unreadable"
"""The reason why a value has no key that the rules cannot read."""


def expected_values(
    values: Iterable[Value],
    *,
    policy: Policy,
    retired: Container[Identifier] = (),
    withheld: Container[Mark] = (),
) -> tuple[Value, ...]:
    """The values of a contact, with the keys that they should have.

    None for values that the policy ignores or cannot read, for ``retired`` ones, and for the values
    that are ``withheld`` in this contact.
    """
    read = [
        with_key(each, read_key(each.kind, each.given, policy=policy)[0], policy) for each in values
    ]
    return counting_values(read, retired=retired, withheld=withheld)


def read_key(kind: str, given: str, *, policy: Policy) -> tuple[str | None, str | None]:
    """The key that the policy alone gives a value; or None, and the reason why it has none."""
    try:
        key, ignored = policy.canonical(kind, given)
    except ValueError:
        return None, UNREADABLE
    return key, None if ignored is None else ignored.value


def with_key(value: Value, key: str | None, policy: Policy) -> Value:
    """The value with a key that the policy gives it, and with the form that goes with that."""
    if value.form is None:
        return value._replace(key=key)
    form = policy.form(value.kind, value.given) if key is None else key
    return value._replace(key=key, form=form)


def counting_values(
    values: Iterable[Value], *, retired: Container[Identifier], withheld: Container[Mark] = ()
) -> tuple[Value, ...]:
    """The values, those that are retired or withheld without their keys."""
    return tuple(
        each._replace(key=None)
        if each.key is not None
        and (each.mark in withheld or Identifier(each.kind, each.key) in retired)
        else each
        for each in values
    )


def possible_identifiers(
    values: Iterable[Value], *, policy: Policy, withheld: Container[Mark] = ()
) -> tuple[Identifier, ...]:
    """What the values could be known by if nothing were ignored or retired, in their order.

    A value that the rules cannot read is known by itself: other rules may read it.
    """
    return tuple(possible_by_mark(values, policy=policy, withheld=withheld).values())


def possible_by_mark(
    values: Iterable[Value], *, policy: Policy, withheld: Container[Mark] = ()
) -> dict[Mark, Identifier]:
    """As ``possible_identifiers``, each by the mark of its value."""
    return {
        each.mark: Identifier(each.kind, policy.form(each.kind, each.given))
        for each in values
        if each.mark not in withheld
    }
