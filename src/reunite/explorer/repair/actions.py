"""What an operator can do with a person: each is tried first, then done, by the same service."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from reunite.core.errors import FieldError, InvalidRequest
from reunite.core.identifiers.kinds import Identifier, Kind
from reunite.core.persons.person import Person
from reunite.core.scope import Scope
from reunite.explorer.http.query import number
from reunite.explorer.persons.names import label_of, node_of
from reunite.services.persons.show import show_person
from reunite.services.repair.delete import delete_contact
from reunite.services.repair.edit import Repaired, Undo
from reunite.services.repair.erase import erase
from reunite.services.repair.links import join, restore_link, revoke_link
from reunite.services.repair.retire import restore, retire
from reunite.services.repair.separate import lift, separate
from reunite.services.repair.split import split


@dataclass(frozen=True, slots=True)
class Asked:
    """What is asked for: an action, what it is about, and the operator's reason.

    ``about`` is an id or the token of an identifier. ``side`` are the contacts to part, ``other``
    is a contact of another person.
    """

    action: str
    about: str
    person_id: int
    side: tuple[int, ...] = ()
    other: str = ""
    keep_apart: bool = False
    reason: str = ""

    @property
    def id(self) -> int:
        """The id that it is about. Raises InvalidRequest."""
        return number(self.about, "about")

    @property
    def about_in_words(self) -> str:
        """The identifier or the person that it is about, where the action names one."""
        if self.action in _OF_IDENTIFIERS:
            return label_of(node_of(self.about), {})
        if self.action in _OF_CONTACTS:
            return f"contact {self.id}"
        if self.action in _OF_LINKS:
            return f"link {self.id}"
        return ""

    @property
    def other_id(self) -> int:
        """The id of the other person. Raises InvalidRequest."""
        return number(self.other, "other")

    @property
    def values(self) -> dict[str, Any]:
        """The identifier that it is about, as services take it. Raises InvalidRequest."""
        node = node_of(self.about)
        if not isinstance(node, Identifier):
            raise InvalidRequest(FieldError("about", "invalid_type", "Choose an identifier."))
        if isinstance(node.kind, Kind):
            return {_ARGUMENTS[node.kind]: node.key}
        return {"identifiers": {node.kind: [node.key]}}


_OF_IDENTIFIERS = ("retire", "restore")
_OF_CONTACTS = ("delete",)
_OF_LINKS = ("revoke", "restore-link")
_ARGUMENTS = {Kind.EMAIL: "email", Kind.PHONE: "phone_number"}


@dataclass(frozen=True, slots=True)
class Result:
    """The persons before and after, oldest first; what takes it back, if it was done.

    ``erased`` is how many contacts are erased, or would be.
    """

    before: Sequence[Person]
    after: Sequence[Person]
    undo: Undo | None = None
    erased: int = 0


Act = Callable[[Scope, Asked, bool], Result]
"""Tries a repair if the last argument is true, else does it."""


@dataclass(frozen=True, slots=True)
class Action:
    """A repair: its title, what it means from then on, and how to try and do it."""

    title: str
    rule: str
    act: Act


def _repaired(
    act: Callable[[Scope, Asked, bool], Repaired],
) -> Callable[[Scope, Asked, bool], Result]:
    def acted(scope: Scope, asked: Asked, is_dry_run: bool) -> Result:
        found = act(scope, asked, is_dry_run)
        return Result(found.before or (), found.persons, found.undo)

    return acted


def _unchanged(
    act: Callable[[Scope, Asked, bool], Undo | None],
) -> Callable[[Scope, Asked, bool], Result]:
    """Of an action that changes no person by itself: those that it is about stay as they are."""

    def acted(scope: Scope, asked: Asked, is_dry_run: bool) -> Result:
        ids = {asked.person_id, *([asked.other_id] if asked.other else [])}
        persons = {each.id: each for each in (show_person(scope, id).person for id in sorted(ids))}
        undo = act(scope, asked, is_dry_run)
        return Result([*persons.values()], [*persons.values()], None if is_dry_run else undo)

    return acted


def _erased(scope: Scope, asked: Asked, is_dry_run: bool) -> Result:
    person = show_person(scope, asked.person_id).person
    erased = erase(scope, asked.person_id, dry_run=is_dry_run)
    return Result([person], [], erased=len(erased.contact_ids))


ACTIONS: Mapping[str, Action] = {
    "split": Action(
        "Split this person",
        "What both sides have stays with the side of the oldest contact. The sides are kept apart "
        "until an operator lifts the separation.",
        _repaired(
            lambda scope, asked, dry: split(
                scope, asked.person_id, asked.side, reason=asked.reason, dry_run=dry
            )
        ),
    ),
    "delete": Action(
        "Delete a contact",
        "The contact matches nothing any more.",
        _repaired(lambda scope, asked, dry: delete_contact(scope, asked.id, dry_run=dry)),
    ),
    "revoke": Action(
        "Revoke a link",
        "The link does not count any more. The same request may join them again.",
        _repaired(
            lambda scope, asked, dry: revoke_link(
                scope, asked.id, keep_apart=asked.keep_apart, reason=asked.reason, dry_run=dry
            )
        ),
    ),
    "restore-link": Action(
        "Restore a link",
        "The link counts again.",
        _repaired(
            lambda scope, asked, dry: restore_link(
                scope, asked.id, reason=asked.reason, dry_run=dry
            )
        ),
    ),
    "retire": Action(
        "Retire an identifier",
        "It matches no person any more, in any contact, until it is restored. Contacts "
        "keep it as given.",
        _repaired(
            lambda scope, asked, dry: retire(
                scope, **asked.values, reason=asked.reason, dry_run=dry
            )
        ),
    ),
    "restore": Action(
        "Restore an identifier",
        "It counts again, and joins all contacts that have it.",
        _repaired(lambda scope, asked, dry: restore(scope, **asked.values, dry_run=dry)),
    ),
    "join": Action(
        "Join two persons",
        "They are one person, whichever identifiers they have, until the link is revoked.",
        _repaired(
            lambda scope, asked, dry: join(
                scope, asked.person_id, asked.other_id, reason=asked.reason, dry_run=dry
            )
        ),
    ),
    "apart": Action(
        "Keep two persons apart",
        "No request, import or operator joins them until the separation is lifted.",
        _unchanged(
            lambda scope, asked, dry: (
                separate(
                    scope, asked.person_id, asked.other_id, reason=asked.reason, dry_run=dry
                ).undo
            )
        ),
    ),
    "lift": Action(
        "Lift a separation",
        "Evidence may join the two persons again. Nothing is joined by it alone.",
        _unchanged(lambda scope, asked, dry: lift(scope, asked.id, dry_run=dry).undo),
    ),
    "erase": Action(
        "Erase this person",
        "All values are gone from all tables, for good. This cannot be undone.",
        _erased,
    ),
}
"""What can be done, by name."""


def action_of(asked: Asked) -> Action:
    """The action that is asked for. Raises InvalidRequest."""
    action = ACTIONS.get(asked.action)
    if action is None:
        raise InvalidRequest(FieldError("do", "invalid_type", "Choose what to do."))
    return action
