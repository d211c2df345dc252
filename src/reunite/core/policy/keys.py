"""The keys that a stored contact should have: what the rules make of the values as given."""

from collections.abc import Container
from dataclasses import dataclass

from reunite.core.identifiers.kinds import Identifier, Kind, canonical_form, identifiers_of
from reunite.core.policy.policy import Policy

UNREADABLE = "unreadable"
"""The reason why a value has no key that the rules cannot read."""


@dataclass(frozen=True, slots=True)
class Keys:
    """The canonical values of a contact; None where the value is not given or does not count."""

    email_key: str | None
    phone_key: str | None

    @property
    def identifiers(self) -> tuple[Identifier, ...]:
        """The identifiers that count, email first."""
        return identifiers_of(self.email_key, self.phone_key)


def expected_keys(
    email: str | None,
    phone_number: str | None,
    *,
    policy: Policy,
    retired: Container[Identifier] = (),
    withheld: Container[Kind] = (),
) -> Keys:
    """The keys of a contact with these values as given.

    None for what the policy ignores or cannot read, for what is ``retired``, and for the kinds that
    are ``withheld`` in this contact.
    """
    keys = (
        None if given is None else read_key(kind, given, policy=policy)[0]
        for kind, given in ((Kind.EMAIL, email), (Kind.PHONE, phone_number))
    )
    return counting_keys(Keys(*keys), retired=retired, withheld=withheld)


def read_key(kind: Kind, given: str, *, policy: Policy) -> tuple[str | None, str | None]:
    """The key that the policy alone gives a value; or None, and the reason why it has none."""
    try:
        key, ignored = policy.canonical(kind, given)
    except ValueError:
        return None, UNREADABLE
    return key, None if ignored is None else ignored.value


def counting_keys(
    keys: Keys, *, retired: Container[Identifier], withheld: Container[Kind] = ()
) -> Keys:
    """The keys without those that are retired or withheld."""
    counting = {
        each.kind: each.key
        for each in keys.identifiers
        if each not in retired and each.kind not in withheld
    }
    return Keys(counting.get(Kind.EMAIL), counting.get(Kind.PHONE))


def possible_identifiers(
    email: str | None,
    phone_number: str | None,
    *,
    policy: Policy,
    withheld: Container[Kind] = (),
) -> tuple[Identifier, ...]:
    """What the values could be known by if nothing were ignored or retired, email first.

    A value that the rules cannot read is known by itself: other rules may read it.
    """

    def key(kind: Kind, given: str | None) -> str | None:
        if given is None or kind in withheld:
            return None
        return canonical_form(kind, given, policy.normalization)

    return identifiers_of(key(Kind.EMAIL, email), key(Kind.PHONE, phone_number))
