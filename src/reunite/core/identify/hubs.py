"""Hubs: identifiers that hold persons together who share nothing else.

A loyal shopper carries one email with many phone numbers, too. So contacts that carry an identifier
are counted by what they have in common without it: two that share another identifier, or that a
link joins, are one stranger, not two. A stranger that has both an email and a phone number of its
own is a person, for both kinds of identifiers. One that has an email alone may be the same shopper
under another address, so many more of them are allowed. One that has a phone number alone says
nothing: a shopper sends gifts, and changes numbers.
"""

from collections import Counter, defaultdict
from collections.abc import Collection, Iterable
from dataclasses import dataclass

from reunite.core.identifiers.kinds import Identifier, Kind
from reunite.core.persons.components import Components
from reunite.core.persons.person import Contact, End, Ends
from reunite.core.persons.suspicion import Counts
from reunite.core.policy.parts import Limits
from reunite.core.policy.policy import Policy

_MANY = 1 << 62


@dataclass(frozen=True, slots=True)
class Strangers:
    """The unconnected persons that an identifier joins, counted without it.

    ``persons`` have an email and a phone number beside it, ``emails`` at least an email.
    """

    persons: int = 0
    emails: int = 0

    def are_too_many(self, kind: Kind, limits: Limits) -> bool:
        """Whether an identifier of a kind that joins them is a hub."""
        limit = limits.persons(kind)
        if limit is not None and self.persons > limit:
            return True
        limit = limits.emails_per_phone
        return kind is Kind.PHONE and limit is not None and self.emails > limit


def may_hold_hub(counts: Counts, limits: Limits) -> bool:
    """Whether a person of this size could have a hub; it cannot while it is smaller.

    Each stranger has identifiers of its own, so counts that only grow tell it beforehand.
    """
    emails, phones = counts.identifiers
    by_email, by_phone = limits.persons_per_email, limits.persons_per_phone
    by_emails = limits.emails_per_phone
    return (
        (by_email is not None and emails > by_email + 1 and phones > by_email)
        or (by_phone is not None and emails > by_phone and phones > by_phone + 1)
        or (by_emails is not None and emails > by_emails)
    )


def may_retire(policy: Policy) -> bool:
    """Whether an identifier may be found to be a hub under the policy, and be retired."""
    return emails_without_hub(policy.limits) is not None or any(
        policy.contacts_per_value(kind) is not None for kind in policy.strength
    )


def emails_without_hub(limits: Limits) -> int | None:
    """A person with so many emails, or fewer, has no hub; None if no person can have a hub."""
    by_email = limits.persons_per_email
    given = (
        None if by_email is None else by_email + 1,
        limits.persons_per_phone,
        limits.emails_per_phone,
    )
    return min((each for each in given if each is not None), default=None)


def find_hubs(
    contacts: Collection[Contact], links: Iterable[Ends], *, policy: Policy
) -> list[Identifier]:
    """The hubs of a person, those that join the most strangers first.

    The same for contacts and links in any order: of two that join as many, the least is first.
    """
    limits, links = policy.limits, list(links)
    joined = Counter(each for contact in contacts for each in contact.identifiers)
    joined.update(end for link in links for end in link if isinstance(end, Identifier))
    found = [
        (-strangers.persons, -strangers.emails, identifier)
        for identifier, times in joined.items()
        if isinstance(identifier.kind, Kind)
        and times > _least(identifier.kind, limits)
        and identifier not in policy.allowed_identifiers
        and (strangers := strangers_of(identifier, contacts, links)).are_too_many(
            identifier.kind, limits
        )
    ]
    return [identifier for *_, identifier in sorted(found)]


def strangers_of(hub: Identifier, contacts: Iterable[Contact], links: Iterable[Ends]) -> Strangers:
    """The persons that would result if the identifier did not join the contacts of its person."""
    without: Components[End] = Components()
    kinds: defaultdict[End, set[str]] = defaultdict(set)
    joined: list[End] = []
    own = _untagged(hub)
    for contact in contacts:
        others = [_untagged(each) for each in contact.identifiers if each != hub]
        without.join([contact.id, *others])
        kinds[contact.id] = {each.kind for each in others if each != own}
        if hub in contact.identifiers:
            joined.append(contact.id)
    for left, right in links:
        if hub in (left, right):
            joined.append(_node(right if left == hub else left))
        else:
            without.join([_node(left), _node(right)])
    of_groups: defaultdict[End, set[str]] = defaultdict(set)
    for node, own_kinds in kinds.items():
        of_groups[without.find(node)] |= own_kinds
    groups = [of_groups[root] for root in {without.find(node) for node in joined}]
    return Strangers(
        persons=sum(group.issuperset(Kind) for group in groups),
        emails=sum(Kind.EMAIL in group for group in groups),
    )


def _least(kind: Kind, limits: Limits) -> int:
    """An identifier that is carried and linked so often, or less, is no hub."""
    of_emails = limits.emails_per_phone if kind is Kind.PHONE else None
    given = (each for each in (limits.persons(kind), of_emails) if each is not None)
    return min(given, default=_MANY)


def _node(end: End) -> End:
    return end if isinstance(end, int) else _untagged(end)


def _untagged(identifier: Identifier) -> Identifier:
    """The email without its plus tag: all tagged emails of a mailbox belong to one owner."""
    if identifier.kind is not Kind.EMAIL:
        return identifier
    name, _, domain = identifier.key.rpartition("@")
    return Identifier(Kind.EMAIL, f"{name.partition('+')[0]}@{domain}")
