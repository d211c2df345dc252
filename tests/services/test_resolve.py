import pytest
from django.db import transaction
from hypothesis import given

from reunite.core.errors import InvalidRequest, NoUsableIdentifier
from reunite.core.identify.plan import Outcome
from reunite.models import Event
from reunite.services.identify.identify import identify
from reunite.services.identify.resolve import resolve
from reunite.services.repair.retire import retire
from reunite.services.repair.separate import separate
from tests.builders import make_contact, make_hub, stored_rows
from tests.scopes import SCOPE
from tests.services.histories import histories, on_a_database, requests, send


@on_a_database
@given(histories, requests)
def test_resolve_foretells_identify_and_writes_nothing(history, request):
    send(history)
    before, events = stored_rows(), Event.objects.count()

    resolved = resolve(SCOPE, *request)

    assert (stored_rows(), Event.objects.count()) == (before, events)
    identified = identify(SCOPE, *request)
    outcome = resolved.decision.outcome
    assert outcome is identified.outcome
    if outcome is Outcome.CREATED:
        assert resolved.person is None
        return
    was = {contact.id for contact in resolved.person.contacts}
    new = {contact.id for contact in identified.person.contacts} - was
    assert resolved.person.id == identified.person.id
    assert len(resolved.decision.absorbed) == (outcome is Outcome.MERGED)
    assert set(resolved.decision.absorbed) <= new
    assert bool(new) == (outcome is not Outcome.UNCHANGED)


def test_details_that_cannot_be_read_are_refused():
    with pytest.raises(InvalidRequest):
        resolve(SCOPE, "no at sign", None)


def test_it_is_called_outside_of_transactions_as_identify_is():
    with transaction.atomic(), pytest.raises(RuntimeError, match="atomic"):
        resolve(SCOPE, "a@x.example", None)


def test_a_retired_number_alone_finds_no_person():
    identify(SCOPE, "a@x.example", "1")
    retire(SCOPE, phone_number="1")
    with pytest.raises(NoUsableIdentifier):
        resolve(SCOPE, None, "1")


@pytest.mark.parametrize("others_are_kept_apart", [False, True])
def test_a_merge_that_would_move_a_large_person_is_foretold(settings, others_are_kept_apart):
    settings.REUNITE = {"ANSWER_MAX_CONTACTS": 50}
    older = make_contact("older@x.example")
    hub = make_hub(60, "1")
    if others_are_kept_apart:
        separate(SCOPE, make_contact("a@x.example").pk, make_contact("b@x.example").pk)

    resolved = resolve(SCOPE, "older@x.example", "1")

    assert resolved.person.id == older.pk
    assert (resolved.decision.outcome, resolved.decision.absorbed) == (Outcome.MERGED, (hub.pk,))
