"""The parts of a policy: its limits, and the values that an operator wrote."""

from dataclasses import dataclass

from reunite.core.identifiers.kinds import Kind


@dataclass(frozen=True, slots=True)
class Limits:
    """How many are too many; None is no limit.

    A person has at most so many emails and phone numbers; a merge or a newcomer that would bring
    more is held. An identifier that more contacts carry is a hub, and is retired; so is one that
    joins more persons, or one phone number that joins more emails, which share nothing else
    (``hubs``).
    """

    emails_per_person: int | None = None
    phones_per_person: int | None = None
    contacts_per_email: int | None = None
    contacts_per_phone: int | None = None
    persons_per_email: int | None = None
    persons_per_phone: int | None = None
    emails_per_phone: int | None = None

    def per_person(self, kind: Kind) -> int | None:
        """How many identifiers of a kind a person may have."""
        return self.emails_per_person if kind is Kind.EMAIL else self.phones_per_person

    def contacts(self, kind: Kind) -> int | None:
        """How many contacts may carry an identifier of a kind."""
        return self.contacts_per_email if kind is Kind.EMAIL else self.contacts_per_phone

    def persons(self, kind: Kind) -> int | None:
        """How many persons who share nothing else an identifier of a kind may join."""
        return self.persons_per_email if kind is Kind.EMAIL else self.persons_per_phone


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


@dataclass(frozen=True, slots=True)
class Blocked(Values):
    """Values that do not count; a domain stands for all domains below it, too."""

    domains: tuple[str, ...] = ()
    patterns: tuple[Pattern, ...] = ()


NO_LIMITS = Limits()
NO_VALUES = Values()
NOTHING_BLOCKED = Blocked()
