"""Who becomes one of those who meet in a request: the persons that are known, and the newcomer."""

from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass, replace

from reunite.core.identifiers.kinds import ContactDetails, Identifier, without
from reunite.core.identify.guards import GuardFacts, RetireHub, guard
from reunite.core.identify.plan import Outcome, Party, Review, links_of
from reunite.core.persons.person import Primary
from reunite.core.policy.policy import Policy

FactsOf = Callable[[Sequence[Party], Party], GuardFacts]
"""How those stand who are joined already, and the one that would join them."""


@dataclass(frozen=True, slots=True)
class Meeting:
    """What guards let happen: ``joined`` become one, ``held`` stay apart, each with its review.

    The first of ``joined`` has the strongest identifier: the answer is the person it belongs to.
    """

    joined: Sequence[Party]
    held: Sequence[tuple[Party, Review]] = ()

    @property
    def persons(self) -> list[Primary]:
        """The persons that become one, the oldest first."""
        return sorted(party.person for party in self.joined if party.person is not None)

    @property
    def newcomer(self) -> Party | None:
        """The newcomer, whether it joins others or stays apart; None if nothing is new."""
        parties = (*self.joined, *(party for party, _ in self.held))
        return next((party for party in parties if party.person is None), None)

    @property
    def is_apart(self) -> bool:
        """Whether the newcomer starts a person of its own beside those that are known."""
        return any(party.person is None for party, _ in self.held)

    @property
    def withheld(self) -> tuple[Identifier, ...]:
        """The identifiers that do not count in the new contact: it is no part of their persons."""
        others = [party for party, _ in self.held]
        if self.is_apart:
            others = [party for party in (*self.joined, *others) if party.person is not None]
        return tuple(each for party in others for each in party.identifiers)

    def details(self, details: ContactDetails) -> ContactDetails:
        """The details of the new contact, in which others' identifiers do not count."""
        return replace(details, values=without(details.values, self.withheld))

    @property
    def links(self) -> dict[Primary, tuple[Identifier, Identifier]]:
        """The links that make the persons one, each by the person that is absorbed by it."""
        first, *others = (party.person for party in self.joined)
        oldest = next(iter(self.persons), None)
        absorbed = (first if person == oldest else person for person in others)
        found = zip(absorbed, links_of(self.joined), strict=False)
        return {person: link for person, link in found if person is not None}

    @property
    def outcome(self) -> Outcome:
        """The outcome of the request."""
        if self.held:
            return Outcome.HELD
        return Outcome.MERGED if len(self.persons) > 1 else Outcome.LINKED


def meet(
    parties: Sequence[Party],
    facts_of: FactsOf,
    *,
    policy: Policy,
    verified: Collection[str] = (),
) -> Meeting | RetireHub:
    """Join to the party with the strongest identifier each that may join it, in their order.

    So an identifier that is weaker never keeps a stronger one away.
    """
    joined, held = [parties[0]], []
    for party in parties[1:]:
        facts = facts_of(joined, party)
        stopped = guard(joined, party, facts, policy=policy, verified=verified)
        if isinstance(stopped, RetireHub):
            return stopped
        if stopped is None:
            joined.append(party)
        else:
            held.append((party, stopped))
    return Meeting(joined, held)
