"""What must be true after any number of requests, in any order and however many at once."""

from collections import Counter
from collections.abc import Iterable, Iterator, Sequence

from tests.concurrency.load import Answer, identifiers_of
from tests.server import Server, StoredContact

Identifiers = frozenset[tuple[str, str]]


def what_is_wrong(
    server: Server, answers: Sequence[Answer], *, answers_lost: bool = False
) -> list[str]:
    """Everything that contradicts the rules; ``answers`` are of all requests that ever came.

    Where answers were lost on the way, and their requests sent again, outcomes are not counted.
    """
    refused = [f"{a.request} was answered {a.status} {a.body}" for a in answers if a.status != 200]
    if refused:
        return refused
    contacts = server.database.contacts()
    check = server.check()
    return [
        *_wrong_answers(answers, contacts),
        *(() if answers_lost else _wrong_outcomes(answers, contacts)),
        *_wrong_persons(contacts, {answer.request.identifiers for answer in answers}),
        *_unexplained_contacts(answers, contacts),
        *([] if check.returncode == 0 else [f"reunite check: {check.stdout}{check.stderr}"]),
        *([server.log] if "Traceback" in server.log else []),
    ]


def persons_of(said: Iterable[Identifiers]) -> set[Identifiers]:
    """Who is one person: what was said together, and whatever was said with any of that."""
    person_of: dict[tuple[str, str], Identifiers] = {}
    for identifiers in said:
        known = (person_of[identifier] for identifier in identifiers if identifier in person_of)
        person = identifiers.union(*known)
        person_of |= dict.fromkeys(person, person)
    return set(person_of.values())


def _wrong_persons(contacts: Sequence[StoredContact], said: Iterable[Identifiers]) -> Iterator[str]:
    """Stored persons that are not those of everything that was said, or not led by the oldest."""
    stored: dict[int, list[StoredContact]] = {}
    for contact in contacts:
        stored.setdefault(contact.linked_id or contact.id, []).append(contact)
    brought = [_brought_by(contacts) for contacts in stored.values()]
    expected = persons_of(said)
    if Counter(brought) != Counter(expected):
        yield f"stored but not so said: {list(map(sorted, set(brought) - expected))}"
        yield f"said but not so stored: {list(map(sorted, expected - set(brought)))}"
    for id, person in stored.items():
        primaries = [contact.id for contact in person if contact.link_precedence == "primary"]
        if primaries != [id]:
            yield f"the primaries of person {id} are {primaries}"
        oldest = min(person, key=lambda contact: (contact.created_at, contact.id))
        if oldest.id != id:
            yield f"contact {oldest.id} is older than its primary {id}"


def _brought_by(contacts: Iterable[StoredContact]) -> Identifiers:
    return frozenset().union(*(identifiers_of(c.email, c.phone_number) for c in contacts))


def _wrong_answers(answers: Sequence[Answer], contacts: Sequence[StoredContact]) -> Iterator[str]:
    person_of = {contact.id: contact.linked_id or contact.id for contact in contacts}
    for answer in answers:
        is_whole = "truncated" not in answer.body["contact"]
        if is_whole and not answer.request.identifiers <= set(answer.identifiers):
            yield f"{answer.request} is missing in its own answer {answer.body}"
        if len(answer.identifiers) != len(set(answer.identifiers)):
            yield f"{answer.request} was answered with duplicates: {answer.body}"
        if len({person_of.get(id) for id in answer.contact_ids}) != 1:
            yield f"{answer.request} was answered with contacts of several persons: {answer.body}"


def _wrong_outcomes(answers: Sequence[Answer], contacts: Sequence[StoredContact]) -> Iterator[str]:
    told = Counter(answer.outcome for answer in answers)
    persons = sum(contact.linked_id is None for contact in contacts)
    if len(contacts) != told["created"] + told["linked"]:
        yield f"{len(contacts)} contacts are stored after {dict(told)}"
    if persons != told["created"] - told["merged"]:
        yield f"{persons} persons are stored after {dict(told)}"


def _unexplained_contacts(
    answers: Sequence[Answer], contacts: Sequence[StoredContact]
) -> Iterator[str]:
    """Contacts that nobody sent, or that said nothing new: also every duplicate."""
    sent = {answer.request for answer in answers}
    known: set[tuple[str, str]] = set()
    # Contacts with an identifier in common were inserted one after the other, in order of id.
    for contact in contacts:
        if (contact.email, contact.phone_number) not in sent:
            yield f"nobody sent contact {contact.id}"
        identifiers = identifiers_of(contact.email, contact.phone_number)
        if identifiers <= known:
            yield f"contact {contact.id} says nothing new: {sorted(identifiers)}"
        known |= identifiers
