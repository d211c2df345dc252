"""A policy for many contacts is prepared in chunks; it may end at any moment, and goes on."""

import pytest

from reunite.core.errors import PolicyBeingPrepared
from reunite.core.identifiers.kinds import NormalizationRules
from reunite.core.policy.policy import PROTECT, Policy
from reunite.models import Contact, Rekeyed, Withheld
from reunite.models import Policy as PolicyRow
from reunite.services.audit.check import check
from reunite.services.identify.identify import identify
from reunite.services.policy.change import change_policy, show_policy
from reunite.services.policy.job import apply_policy, cancel_policy
from reunite.store.policy import rekeying
from tests.builders import NOON
from tests.scopes import SCOPE

US = Policy(normalization=NormalizationRules(default_region="US"))
FOLDING = Policy(normalization=NormalizationRules(fold_gmail=True))


class InterruptedError(Exception):
    """Something ends the job."""


@pytest.fixture(autouse=True)
def short_chunks(monkeypatch):
    """Chunks of two contacts, so that some contacts are several chunks."""
    monkeypatch.setattr(rekeying, "CHUNK_LENGTH", 2)


def number(n):
    return f"(415) 555-{n:04}"


def contacts(count):
    return [identify(SCOPE, f"{n}@x.example", number(2000 + n)).person.id for n in range(count)]


def interrupted_after(chunks):
    def progress(_):
        nonlocal chunks
        chunks -= 1
        if chunks == 0:
            raise InterruptedError

    return progress


def keys():
    return list(Contact.objects.order_by("id").values_list("phone_key", flat=True))


def test_it_tells_how_far_it_is_and_what_it_changed():
    contacts(5)
    progress = []

    applied = apply_policy(SCOPE, US, on_progress=progress.append)

    assert progress == [2, 4, 5]
    assert (applied.version, applied.rekeyed) == (1, 5)
    assert (applied.persons_before, applied.persons_after) == (5, 5)
    assert keys()[0] == "+14155552000"
    again = apply_policy(SCOPE, US)
    assert (again.version, again.rekeyed) == (1, 0)


def test_an_interrupted_job_goes_on_where_it_was():
    contacts(6)
    with pytest.raises(InterruptedError):
        apply_policy(SCOPE, US, on_progress=interrupted_after(2))

    prepared = show_policy(SCOPE).prepared
    assert prepared.policy == US
    assert prepared.staged_up_to == Contact.objects.order_by("id")[3].id
    assert Rekeyed.objects.count() == 4
    assert keys()[0] == "4155552000"
    assert list(check()) == []

    progress = []
    apply_policy(SCOPE, US, on_progress=progress.append)

    assert progress == [2]
    assert set(keys()) == {f"+1415555200{n}" for n in range(6)}
    assert not Rekeyed.objects.exists()
    assert PolicyRow.objects.count() == 1
    assert list(check()) == []


def test_while_a_policy_is_prepared_no_other_takes_effect():
    contacts(3)
    with pytest.raises(InterruptedError):
        apply_policy(SCOPE, US, on_progress=interrupted_after(1))

    with pytest.raises(PolicyBeingPrepared):
        change_policy(SCOPE, PROTECT)


def test_another_policy_takes_the_place_of_one_that_is_being_prepared():
    contacts(3)
    with pytest.raises(InterruptedError):
        apply_policy(SCOPE, US, on_progress=interrupted_after(1))

    apply_policy(SCOPE, FOLDING)

    assert show_policy(SCOPE).policy == FOLDING
    assert keys()[0] == "4155552000"
    assert PolicyRow.objects.count() == 1


def test_going_back_to_the_policy_in_force_forgets_the_one_being_prepared():
    contacts(3)
    apply_policy(SCOPE, PROTECT)
    with pytest.raises(InterruptedError):
        apply_policy(SCOPE, US, on_progress=interrupted_after(1))

    assert apply_policy(SCOPE, PROTECT).version == 1

    assert show_policy(SCOPE).prepared is None
    assert not Rekeyed.objects.exists()


def test_what_is_being_prepared_can_be_forgotten():
    contacts(3)
    with pytest.raises(InterruptedError):
        apply_policy(SCOPE, US, on_progress=interrupted_after(1))

    assert cancel_policy(SCOPE)
    assert not cancel_policy(SCOPE)

    assert show_policy(SCOPE).prepared is None
    assert not Rekeyed.objects.exists()
    assert change_policy(SCOPE, PROTECT).version == 1


def test_what_comes_while_a_policy_is_prepared_is_caught_up_with():
    ids = contacts(4)

    def meanwhile(done):
        if done == 2:
            identify(SCOPE, "late@x.example", "+1 415 555 2000")
            Contact.objects.filter(pk=ids[3]).update(deleted_at=NOON)
            Withheld.objects.create(contact_id=ids[2], kind="phone", created_at=NOON)
            Contact.objects.filter(pk=ids[2]).update(phone_key=None)

    apply_policy(SCOPE, US, on_progress=meanwhile)

    assert identify(SCOPE, "late@x.example", None).person.contacts[0].id == ids[0]
    assert keys() == ["+14155552000", "+14155552001", None, "4155552003", "+14155552000"]


def test_of_two_that_prepare_at_the_same_time_one_gives_up():
    contacts(4)

    def another(done):
        if done == 2:
            apply_policy(SCOPE, US)

    with pytest.raises(PolicyBeingPrepared):
        apply_policy(SCOPE, US, on_progress=another)

    assert show_policy(SCOPE).version == 1
    assert keys()[3] == "+14155552003"


def test_a_policy_that_somebody_forgot_meanwhile_is_not_applied():
    contacts(2)

    with pytest.raises(PolicyBeingPrepared):
        apply_policy(SCOPE, US, on_progress=lambda _: cancel_policy(SCOPE))

    assert show_policy(SCOPE).version == 0
