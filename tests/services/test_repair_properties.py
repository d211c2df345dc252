"""After any sequence of requests and repairs, persons are what the evidence that is left says."""

from contextlib import contextmanager

import pytest
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, precondition, rule

from reunite.core.errors import (
    AlreadyDecided,
    AlreadyUndone,
    ChangedSince,
    ErasedSince,
    IdentifierNotRetired,
    KeptApart,
    LinkDoesNotCount,
    LinkJoinsNobody,
    NothingToSplit,
    NoUsableIdentifier,
    StillOnePerson,
    WouldJoinKeptApart,
)
from reunite.core.identifiers.kinds import Kind
from reunite.core.identify.plan import Outcome
from reunite.core.policy.rules import policy_from
from reunite.core.repair.split import SharedStay
from reunite.models import Contact, Event, Link, Retired, Separation, Tombstone, Withheld
from reunite.services.audit.check import check
from reunite.services.identify.batch import identify_batch
from reunite.services.identify.identify import identify
from reunite.services.policy.change import change_policy
from reunite.services.repair.delete import delete_contact
from reunite.services.repair.erase import erase
from reunite.services.repair.links import (
    approve_link,
    join,
    reject_link,
    restore_link,
    revoke_link,
)
from reunite.services.repair.retire import restore, retire
from reunite.services.repair.separate import lift, separate
from reunite.services.repair.split import split
from reunite.services.repair.undo import undo
from tests.effort import EFFORT
from tests.emptying import empty_tables
from tests.scopes import SCOPE
from tests.services.histories import requests
from tests.services.repair_oracle import RepairOracle
from tests.services.told_events import persons_told

identifiers = st.sampled_from(
    [*(("email", f"{name}@x.example") for name in "abcde"), *(("phone", each) for each in "12345")]
)


class Repairs(RuleBasedStateMachine):
    """Reunite beside a list of everything that was said and done."""

    @initialize(history=st.lists(requests, min_size=3, max_size=8))
    def begin(self, history):
        empty_tables()
        self.told = RepairOracle()
        self.done = {}  # Repairs by id: what they changed, and how many steps had been done.
        self.undone = set()
        self.undoes = {}
        self.steps = 0
        identify_batch(SCOPE, history)
        self.note()

    @rule(request=requests)
    def identify(self, request):
        usable = said_by(*request) - self.told.retired - self.told.blocked
        if not usable:
            with pytest.raises(NoUsableIdentifier):
                identify(SCOPE, *request)
            return
        # The email's first, for it is the stronger.
        owners = [self.told.owners([each]) for each in sorted(usable)]
        is_held = len(owners) == 2 and all(owners) and owners[0] != owners[1]
        is_held = is_held and self.told.stopped(*owners)
        identified = identify(SCOPE, *request)
        self.note()
        assert (identified.outcome is Outcome.HELD) == is_held
        contacts = {each.id for each in identified.person.contacts}
        assert contacts == (owners[0] if is_held else self.told.owners(usable))

    @rule(batch=st.lists(requests, min_size=1, max_size=4))
    def identify_batch(self, batch):
        identify_batch(SCOPE, batch)
        self.note()

    @precondition(lambda self: self.told.rows)
    @rule(data=st.data())
    def delete(self, data):
        gone = self.drawn(data)
        with self.undoable() as done:
            done(delete_contact(SCOPE, gone))
            self.told.delete(gone)

    @precondition(lambda self: self.told.links)
    @rule(data=st.data(), reason=st.text(alphabet="why", max_size=3), keep_apart=st.booleans())
    def revoke(self, data, reason, keep_apart):
        gone = data.draw(st.sampled_from(sorted(self.told.links)))
        ends, state = self.told.links[gone]
        if state in {"held", "rejected"}:
            with pytest.raises(LinkDoesNotCount):
                revoke_link(SCOPE, gone)
        elif state == "revoked" and not keep_apart:
            assert revoke_link(SCOPE, gone, reason=reason).undo is None
        else:
            without = self.told.copy()
            without.links[gone] = ends, "revoked"
            firsts = {min(without.owners([end]), default=None) for end in ends}
            if keep_apart and None in firsts:
                with pytest.raises(LinkJoinsNobody):
                    revoke_link(SCOPE, gone, keep_apart=True)
            elif keep_apart and len(firsts) == 1:
                with pytest.raises(StillOnePerson):
                    revoke_link(SCOPE, gone, keep_apart=True)
            else:
                with self.undoable() as done:
                    done(revoke_link(SCOPE, gone, reason=reason, keep_apart=keep_apart))
                    self.told.links[gone] = ends, "revoked"
                    self.told.separations |= {frozenset(firsts)} if keep_apart else set()

    @precondition(lambda self: self.told.links)
    @rule(data=st.data())
    def restore_link(self, data):
        id = data.draw(st.sampled_from(sorted(self.told.links)))
        ends, state = self.told.links[id]
        if state not in {"revoked", "rejected"}:
            assert restore_link(SCOPE, id).undo is None
        elif not ends <= self.told.carried():
            with pytest.raises(LinkJoinsNobody):
                restore_link(SCOPE, id)
        elif state == "revoked" and self.told.apart(self.told.owners(ends)):
            with pytest.raises(KeptApart):
                restore_link(SCOPE, id)
        else:
            with self.undoable() as done:
                done(restore_link(SCOPE, id))
                restored = "standing" if state == "revoked" else "held"
                self.told.links[id] = ends, restored

    @precondition(lambda self: self.done)
    @rule(data=st.data())
    def undo(self, data):
        self.take_back(data.draw(st.sampled_from(sorted(self.done))))

    @precondition(lambda self: self.done.keys() - self.undone)
    @rule()
    def undo_the_last(self):
        self.take_back(max(self.done.keys() - self.undone))

    def take_back(self, id):
        taken, count = self.done[id]
        before = self.told.copy()
        try:
            undone = undo(SCOPE, id)
        except AlreadyUndone:
            assert id in self.undone
        except (ChangedSince, ErasedSince, KeptApart):
            assert self.steps > count  # Only what was done since can stand against it.
        else:
            assert id not in self.undone
            self.undone.add(id)
            self.undoes[undone.undo.repair_id] = id
            again = self.undoes.get(id)
            while again is not None:
                self.undone.symmetric_difference_update({again})
                again = self.undoes.get(again)
            self.told.take_back(taken)
            self.done[undone.undo.repair_id] = self.told.change_since(before), self.steps + 1

    @precondition(lambda self: self.told.rows)
    @rule(data=st.data())
    def join(self, data):
        one, other = self.drawn(data), self.drawn(data)
        strangers = other not in self.told.person_of([one])
        if self.told.bridges_apart([one, other]):
            with pytest.raises(KeptApart):
                join(SCOPE, one, other)
        else:
            with self.undoable() as done:
                joined = join(SCOPE, one, other)
                done(joined)
                self.note_links()
            assert (joined.undo is not None) == strangers
            (person,) = joined.persons
            assert {one, other} <= {contact.id for contact in person.contacts}

    @precondition(lambda self: self.told.rows)
    @rule(data=st.data(), keep_apart=st.booleans(), shared=st.sampled_from(SharedStay))
    def split(self, data, keep_apart, shared):
        person = self.told.person_of([self.drawn(data)])
        side = data.draw(st.sets(st.sampled_from(sorted(person)), min_size=1))
        if side == person:
            with pytest.raises(NothingToSplit):
                split(SCOPE, min(person), side)
        else:
            with self.undoable() as done:
                done(split(SCOPE, max(person), side, keep_apart=keep_apart, shared=shared))
                self.told.split(side, keep_apart=keep_apart, shared=shared)

    @precondition(lambda self: self.told.rows)
    @rule(data=st.data())
    def separate(self, data):
        one, other = self.drawn(data), self.drawn(data)
        if other in self.told.person_of([one]):
            with pytest.raises(StillOnePerson):
                separate(SCOPE, one, other)
        else:
            with self.undoable() as done:
                done(separate(SCOPE, one, other))
                self.told.separations.add(frozenset({one, other}))

    @precondition(lambda self: self.told.separations)
    @rule(data=st.data(), give_back=st.booleans())
    def lift(self, data, give_back):
        pair = data.draw(st.sampled_from(sorted(map(sorted, self.told.separations))))
        lifted = self.told.copy()
        lifted.separations.remove(frozenset(pair))
        if give_back:
            lifted.give_back(*pair)
        id = Separation.objects.get(left=pair[0], right=pair[1]).pk
        if any(map(lifted.apart, lifted.persons().values())):
            with pytest.raises(KeptApart):
                lift(SCOPE, id, give_back=give_back)
        else:
            with self.undoable() as done:
                done(lift(SCOPE, id, give_back=give_back))
                self.told = lifted

    @rule(identifier=identifiers)
    def retire(self, identifier):
        undo_of_it = retire(SCOPE, **given(identifier)).undo
        assert (undo_of_it is None) == (identifier in self.told.retired)
        self.told.retired.add(identifier)

    @rule(identifier=identifiers)
    def restore(self, identifier):
        if identifier not in self.told.retired:
            with pytest.raises(IdentifierNotRetired):
                restore(SCOPE, **given(identifier))
        elif self.told.would_be_apart(
            retired=self.told.retired - {identifier}, blocked=self.told.blocked
        ):
            with pytest.raises(KeptApart):
                restore(SCOPE, **given(identifier))
        else:
            restore(SCOPE, **given(identifier))
            self.told.retired.remove(identifier)

    @rule(blocked=st.sets(identifiers, max_size=3))
    def change_policy(self, blocked):
        values = {kind: [value for k, value in blocked if k == kind] for kind in Kind}
        policy = policy_from(
            {"blocked": {"emails": values[Kind.EMAIL], "phoneNumbers": values[Kind.PHONE]}}
        )
        if self.told.would_be_apart(retired=self.told.retired, blocked=blocked):
            with pytest.raises(WouldJoinKeptApart):
                change_policy(SCOPE, policy)
        else:
            change_policy(SCOPE, policy)
            self.told.blocked = blocked

    @precondition(lambda self: self.told.links)
    @rule(data=st.data())
    def approve(self, data):
        id = data.draw(st.sampled_from(sorted(self.told.links)))
        ends, state = self.told.links[id]
        if self.told.state_of(id) == "live":
            approve_link(SCOPE, id)
        elif state != "held":
            with pytest.raises(AlreadyDecided):
                approve_link(SCOPE, id)
        elif not ends <= self.told.carried():
            with pytest.raises(LinkJoinsNobody):
                approve_link(SCOPE, id)
        elif self.told.apart(self.told.owners(ends)):
            with pytest.raises(KeptApart):
                approve_link(SCOPE, id)
        else:
            with self.undoable() as done:
                approved = approve_link(SCOPE, id)
                done(approved)
                self.told.links[id] = ends, "standing"
            assert len(approved.persons) == 1

    @precondition(lambda self: self.told.links)
    @rule(data=st.data(), keep_apart=st.booleans())
    def reject(self, data, keep_apart):
        id = data.draw(st.sampled_from(sorted(self.told.links)))
        ends, state = self.told.links[id]
        oldest = {min(self.told.owners([end]), default=None) for end in ends}
        if state == "rejected" and not keep_apart:
            assert reject_link(SCOPE, id).undo is None
        elif state not in {"held", "rejected"}:
            with pytest.raises(AlreadyDecided):
                reject_link(SCOPE, id)
        elif keep_apart and not ends <= self.told.carried():
            with pytest.raises(LinkJoinsNobody):
                reject_link(SCOPE, id, keep_apart=True)
        elif keep_apart and len(oldest) == 1:
            with pytest.raises(StillOnePerson):
                reject_link(SCOPE, id, keep_apart=True)
        else:
            with self.undoable() as done:
                done(reject_link(SCOPE, id, keep_apart=keep_apart))
                self.told.links[id] = ends, "rejected"
                if keep_apart:
                    self.told.separations.add(frozenset(oldest))

    @precondition(lambda self: self.told.rows)
    @rule(data=st.data())
    def erase(self, data):
        gone = self.drawn(data)
        assert set(erase(SCOPE, gone).contact_ids) == self.told.erase(gone)

    @contextmanager
    def undoable(self):
        """Remember what undoes a repair, and what the repair changes in the account."""
        before = self.told.copy()
        repaired = []
        yield repaired.append
        if repaired[0].undo is not None:
            taken = self.told.change_since(before)
            self.done[repaired[0].undo.repair_id] = taken, self.steps + 1

    @invariant()
    def all_is_as_it_was_told(self):
        if not hasattr(self, "told"):
            return
        self.steps += 1
        assert list(check()) == []
        stored = {}
        for id, linked_id in Contact.objects.filter(deleted_at=None).values_list("id", "linked_id"):
            stored.setdefault(linked_id or id, set()).add(id)
        assert stored == self.told.persons()  # Ids are in order of age here.
        events = Event.objects.order_by("position")
        assert persons_told(events.values_list("type", "person_id", "payload")) == stored
        assert dict(Link.objects.values_list("id", "state")) == {
            id: self.told.state_of(id) for id in self.told.links
        }
        pairs = set(map(frozenset, Separation.objects.values_list("left_id", "right_id")))
        assert pairs == self.told.separations
        assert set(Retired.objects.values_list("kind", "key")) == self.told.retired
        withheld = Withheld.objects.filter(contact__deleted_at=None)
        assert set(withheld.values_list("contact_id", "kind")) == {
            each for each in self.told.withheld if each[0] in self.told.rows
        }
        empty = Contact.objects.filter(email=None, phone_number=None)
        assert set(empty.values_list("id", flat=True)) == self.told.erased
        assert Tombstone.objects.count() == len(self.told.hashed)

    def drawn(self, data):
        return data.draw(st.sampled_from(sorted(self.told.rows)))

    def note(self):
        """Note the contacts and the links that requests added."""
        live = Contact.objects.filter(deleted_at=None)
        for id, *said in live.values_list("id", "email", "phone_number"):
            self.told.rows.setdefault(id, dict(said_by(*said)))
        self.note_links()

    def note_links(self):
        for id, state, *ends in Link.objects.values_list(
            "id", "state", "left_kind", "left_key", "right_kind", "right_key"
        ):
            stands = "held" if state == "held" else "standing"
            self.told.links.setdefault(id, ({tuple(ends[:2]), tuple(ends[2:])}, stands))


def said_by(email, phone):
    return {(kind, value) for kind, value in (("email", email), ("phone", phone)) if value}


def given(identifier):
    kind, value = identifier
    return {"email": value} if kind == "email" else {"phone_number": value}


TestRepairs = Repairs.TestCase
TestRepairs.settings = settings(
    deadline=None,
    max_examples=20 * EFFORT,
    stateful_step_count=30,
    suppress_health_check=list(HealthCheck),
)
