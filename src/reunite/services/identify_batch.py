"""Identify a batch: many requests in one transaction, as if they had come one after the other."""

from collections.abc import Iterator, Sequence
from datetime import UTC, datetime, timedelta

from reunite.conf import reunite_settings
from reunite.core.details import contact_details
from reunite.core.errors import InvalidRequest, NoUsableIdentifier
from reunite.core.identifiers import ContactDetails
from reunite.core.person import identifiers_in
from reunite.core.policy import Policy
from reunite.core.replay import Replay, contacts_to_come
from reunite.services.identify import Identified
from reunite.store import batches, policies
from reunite.store.locks import gate
from reunite.store.transactions import retried, transaction
from reunite.store.workspaces import DEFAULT_WORKSPACE_ID

Refusal = InvalidRequest | NoUsableIdentifier


def identify_batch(
    requests: Sequence[tuple[str | None, str | None]],
    *,
    workspace_id: int = DEFAULT_WORKSPACE_ID,
    request_id: str | None = None,
) -> list[Identified | Refusal]:
    """Identify each pair of email and phone number in turn; the answers in the same order.

    The result is that of single requests, one by one; details that cannot be read have their error
    in their place and hinder no others. All is written or, when TemporarilyUnavailable is raised,
    nothing; while it is written, other writes to the workspace wait.
    """
    settings = reunite_settings()
    policy = policies.in_force(workspace_id=workspace_id).policy
    read = [_read(email, phone_number, policy) for email, phone_number in requests]
    details = [each for each in read if isinstance(each, ContactDetails)]

    def attempt(seconds_left: float) -> list[Identified]:
        persons = batches.look_up(details, workspace_id=workspace_id)
        if contacts_to_come(details, identifiers_in(persons)) == 0:
            replay = Replay(persons)
            identified = _replayed(replay, details, iter(()))
            if not replay.happenings:
                return identified
        with transaction(wait_seconds=seconds_left) as locked:
            (rows,) = locked.run(
                batches.select_persons(details, workspace_id=workspace_id),
                locks=[gate(workspace_id, shared=False)],
            )
            persons = batches.persons_from(rows)
            count = contacts_to_come(details, identifiers_in(persons))
            (new_ids,) = locked.run(batches.new_contact_ids(count))
            replay = Replay(persons)
            identified = _replayed(replay, details, iter(sorted(id for (id,) in new_ids)))
            locked.commit(
                *batches.write(replay.happenings, workspace_id=workspace_id, request_id=request_id)
            )
            return identified

    identified = iter(
        retried(attempt, timeout_seconds=settings.LOCK_TIMEOUT_SECONDS) if details else ()
    )
    return [each if isinstance(each, Refusal) else next(identified) for each in read]


def _read(email: str | None, phone_number: str | None, policy: Policy) -> ContactDetails | Refusal:
    try:
        return contact_details(email, phone_number, policy=policy)
    except (InvalidRequest, NoUsableIdentifier) as error:
        return error


def _replayed(
    replay: Replay, requests: Sequence[ContactDetails], new_ids: Iterator[int]
) -> list[Identified]:
    now = datetime.now(UTC)
    return [
        # Each a tick later than the one before, so that age tells their order.
        Identified(
            *replay.identify(details, new_ids=new_ids, at=now + timedelta(microseconds=place))
        )
        for place, details in enumerate(requests)
    ]
