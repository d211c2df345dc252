"""Answers about persons of many contacts: bounded, kept in the process, and always right."""

from contextlib import suppress
from datetime import UTC, datetime, timedelta

import pytest
from django.test import override_settings
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule

from reunite.core.errors import IdentifierNotRetired, NothingToSplit, NoUsableIdentifier
from reunite.core.identifiers.kinds import Identifier, Kind
from reunite.core.identify.plan import Outcome
from reunite.core.persons.person import Person
from reunite.core.persons.room import ALWAYS_LISTED, BATCH_PERSONS
from reunite.core.policy.rules import policy_from
from reunite.models import Contact, Event, Link
from reunite.services.audit.check import check
from reunite.services.identify.batch import identify_batch
from reunite.services.identify.identify import identify
from reunite.services.identify.resolve import resolve
from reunite.services.imports.import_rows import import_rows
from reunite.services.imports.progress import rules_in_force
from reunite.services.policy.change import change_policy
from reunite.services.repair.delete import delete_contact
from reunite.services.repair.erase import erase
from reunite.services.repair.links import revoke_link
from reunite.services.repair.retire import restore, retire
from reunite.services.repair.split import split
from reunite.store.database.dialects import Restart
from reunite.store.database.queries import outside
from reunite.store.database.waiting import concerned_large, limited
from reunite.store.persons import large, persons
from reunite.store.persons.large import KeptPerson, KeptPersons
from tests.builders import details_of, make_contact, make_hub, row_of
from tests.effort import EFFORT
from tests.scopes import SCOPE
from tests.services.histories import empty_tables

LISTED = 55
FEW = {"ANSWER_MAX_CONTACTS": LISTED}


@pytest.fixture(autouse=True)
def nothing_kept(monkeypatch):
    monkeypatch.setattr(large, "_kept", KeptPersons(1_000))


def stored_person(contact_id):
    return outside.read(persons.find(SCOPE, contact_id)).person


@pytest.mark.parametrize(
    "ask",
    [
        lambda hub: identify(SCOPE, None, "1"),
        lambda hub: identify(SCOPE, "newcomer@x.example", "1"),
        lambda hub: resolve(SCOPE, None, "1"),
        lambda hub: stored_person(hub.id),
    ],
    ids=["identify", "newcomer", "resolve", "show"],
)
def test_a_request_about_a_large_person_is_known_as_one(ask):
    hub = make_hub(51, "1")
    small = make_contact(phone="2")
    for _ in range(2):  # Once it is not kept yet, the second time it is.
        with limited(60):
            identify(SCOPE, None, "2")
            stored_person(small.id)
            assert not concerned_large()
        with limited(60):
            ask(hub)
            assert concerned_large()


@pytest.mark.parametrize("size", [50, 51, LISTED])
def test_up_to_the_limit_a_person_is_answered_whole(settings, size):
    settings.REUNITE = FEW
    hub = make_hub(size, "1")

    for _ in range(2):
        assert identify(SCOPE, None, "1").person == stored_person(hub.id)


def test_above_the_limit_the_oldest_contacts_are_answered_and_how_many_there_are(settings):
    settings.REUNITE = FEW
    hub = make_hub(LISTED + 3, "1")

    for _ in range(2):
        person = identify(SCOPE, None, "1").person
        assert person == stored_person(hub.id).first(LISTED)
        assert (len(person.contacts), person.size) == (LISTED, LISTED + 3)


def test_a_newcomer_to_a_large_person_is_counted_and_its_id_told(settings):
    settings.REUNITE = FEW
    make_hub(LISTED, "1")
    identify(SCOPE, None, "1")

    for size in (LISTED + 1, LISTED + 2):
        identified = identify(SCOPE, f"{size}@x.example", "1")
        newest = Contact.objects.latest("id").id
        assert identified.outcome is Outcome.LINKED
        assert identified.decision.created == newest
        assert identified.person.size == size


def test_a_newcomer_that_is_older_than_contacts_that_are_listed_is_listed(settings):
    settings.REUNITE = FEW
    hub = make_hub(LISTED + 1, "1")
    Contact.objects.exclude(pk=hub.pk).update(created_at=datetime.now(UTC) + timedelta(days=1))
    identify(SCOPE, None, "1")

    person = identify(SCOPE, "new@x.example", "1").person

    assert person.contacts[1].given(Kind.EMAIL) == "new@x.example"
    assert person == stored_person(hub.id).first(LISTED)


def test_what_is_kept_is_not_read_again_until_an_event_tells_of_a_change(settings):
    settings.REUNITE = FEW
    hub = make_hub(LISTED + 1, "1")
    kept = identify(SCOPE, None, "1").person
    # Nobody may write so, and nobody tells of it.
    Contact.objects.filter(linked=hub).update(email=None, email_key=None)

    assert identify(SCOPE, None, "1").person == kept
    tell = Event.objects.create
    tell(workspace_id=0, type="x", person_id=hub.id, payload={}, created_at=datetime.now(UTC))
    assert identify(SCOPE, None, "1").person.emails == ["hub0@x.example"]


def test_another_database_in_the_place_of_the_one_that_was_read_is_noticed(settings):
    settings.REUNITE = FEW
    hub = make_hub(LISTED + 1, "1")
    identify(SCOPE, "one@x.example", "1")
    Event.objects.update(created_at=datetime(2020, 1, 1, tzinfo=UTC))
    Contact.objects.filter(email="one@x.example").delete()

    assert identify(SCOPE, None, "1").person == stored_person(hub.id).first(LISTED)


def test_after_very_many_changes_all_is_read_anew(settings, monkeypatch):
    settings.REUNITE = FEW
    hub = make_hub(LISTED, "1")
    identify(SCOPE, None, "1")
    other = KeptPersons(1_000)
    kept = large._kept
    monkeypatch.setattr(large, "_kept", other)
    newcomers = [(f"n{n}@x.example", "1") for n in range(large.MAX_CHANGES + 1)]
    identify_batch(SCOPE, newcomers)
    monkeypatch.setattr(large, "_kept", kept)

    assert identify(SCOPE, None, "1").person == stored_person(hub.id).first(LISTED)


def test_another_limit_takes_effect_at_once(settings):
    settings.REUNITE = FEW
    make_hub(LISTED + 5, "1")
    identify(SCOPE, None, "1")

    settings.REUNITE = {"ANSWER_MAX_CONTACTS": LISTED + 2}

    assert len(identify(SCOPE, None, "1").person.contacts) == LISTED + 2


def test_a_merge_of_large_persons_is_answered_as_every_answer_is(settings):
    settings.REUNITE = FEW
    hub, other = make_hub(40, "1"), make_hub(30, "2", email="other")

    merged = identify(SCOPE, "hub3@x.example", "2")

    assert merged.outcome is Outcome.MERGED
    assert merged.decision.absorbed == (other.id,)
    assert merged.person == stored_person(hub.id).first(LISTED)
    assert identify(SCOPE, None, "2").person == merged.person


def test_an_identifier_that_leads_elsewhere_by_now_is_looked_up_anew(settings):
    settings.REUNITE = FEW
    hub, other = make_hub(LISTED + 2, "1"), make_hub(2, "2", email="other")
    identify(SCOPE, "hub1@x.example", "1")
    moved = Contact.objects.get(email="hub1@x.example")
    split(SCOPE, hub.id, [moved.id])

    assert identify(SCOPE, "hub1@x.example", None).person == stored_person(moved.id)
    assert identify(SCOPE, "hub1@x.example", None).person.size == 1
    retire(SCOPE, phone_number="1")
    with pytest.raises(NoUsableIdentifier):
        identify(SCOPE, None, "1")
    assert identify(SCOPE, None, "2").person == stored_person(other.id)


def test_a_process_remembers_so_many_identifiers_of_large_persons(settings, monkeypatch):
    settings.REUNITE = FEW
    monkeypatch.setattr(large, "KEPT_IDENTIFIERS", 2)
    hub = make_hub(LISTED + 2, "1")

    for n in range(4):
        assert identify(SCOPE, f"hub{n}@x.example", None).person.id == hub.id

    names = [(0, Identifier(Kind.EMAIL, f"hub{n}@x.example")) for n in range(4)]
    known = [n for n in range(4) if large._kept.by_identifiers([names[n]])]
    assert known == [2, 3]


def test_the_answers_of_a_batch_are_bounded_together(settings):
    settings.REUNITE = FEW
    hub = make_hub(LISTED + 3, "1")
    small = make_hub(ALWAYS_LISTED, "2", email="small")

    identified = identify_batch(SCOPE, [(None, "1")] * (BATCH_PERSONS + 2) + [(None, "2")])

    listed = [len(each.person.contacts) for each in identified]
    assert listed == [LISTED] * BATCH_PERSONS + [ALWAYS_LISTED] * 3
    assert {each.person.size for each in identified[:-1]} == {LISTED + 3}
    assert identified[0].person == stored_person(hub.id).first(LISTED)
    assert identified[-1].person == stored_person(small.id)


def test_a_batch_that_merges_large_persons_moves_all_their_contacts(settings):
    settings.REUNITE = FEW
    hub, other = make_hub(LISTED + 5, "1"), make_hub(LISTED + 9, "2", email="other")

    _, merged, _ = identify_batch(
        SCOPE, [("new@x.example", "2"), (f"hub{LISTED + 4}@x.example", "2"), (None, "1")]
    )

    assert merged.decision.absorbed == (other.id,)
    assert merged.person == stored_person(hub.id).first(LISTED)
    assert merged.person.size == 2 * LISTED + 15
    assert list(check()) == []


def test_identifiers_of_contacts_that_are_not_listed_are_known_to_a_batch(settings):
    settings.REUNITE = FEW
    hub = make_hub(LISTED + 5, "1")

    known, new = identify_batch(
        SCOPE, [(f"hub{LISTED + 4}@x.example", "1"), ("new@x.example", "1")]
    )

    assert (known.outcome, new.outcome) == (Outcome.UNCHANGED, Outcome.LINKED)
    assert new.person == stored_person(hub.id).first(LISTED)


@pytest.mark.parametrize(
    ("details", "outcome"),
    [
        ((f"hub{LISTED + 4}@x.example", "1"), Outcome.UNCHANGED),
        (("new@x.example", "1"), Outcome.LINKED),
        (("hub3@x.example", "2"), Outcome.LINKED),
        (("hub3@x.example", "3"), Outcome.MERGED),
        (("hub3@x.example", "4"), Outcome.MERGED),
    ],
)
def test_resolve_foretells_what_becomes_of_a_large_person(settings, details, outcome):
    settings.REUNITE = FEW
    hub = make_hub(LISTED + 5, "1")
    make_hub(2, "3", email="small")
    make_hub(LISTED + 5, "4", email="large")
    before = stored_person(hub.id).first(LISTED)

    resolved = resolve(SCOPE, *details)

    assert (resolved.decision.outcome, resolved.person.first(LISTED)) == (outcome, before)
    assert identify(SCOPE, *details).outcome is outcome


def test_resolve_asks_the_guards_about_a_newcomer_to_a_large_person(settings):
    settings.REUNITE = FEW
    make_hub(LISTED + 5, "1")
    change_policy(SCOPE, policy_from({"limits": {"emailsPerPerson": 20}}))

    assert resolve(SCOPE, "new@x.example", "1").decision.outcome is Outcome.HELD


def test_persons_that_were_not_asked_for_make_room_for_others():
    def person(id, size):
        contact = make_contact(f"{id}@x.example")
        known = stored_person(contact.id).contacts[0]._replace(id=id)
        return KeptPerson(Person((known,) * size), LISTED, id, None)

    kept = KeptPersons(10)
    for id in (1, 2):
        kept.put(person(id, 4))
    kept.get(1)
    kept.put(person(3, 4))
    assert [id for id in (1, 2, 3) if kept.get(id)] == [1, 3]

    kept.put(person(3, 5))
    assert [id for id in (1, 3) if kept.get(id)] == [1, 3]

    kept.put(person(4, 11))
    assert not any(kept.get(id) for id in (1, 3, 4))


class LargePersons(RuleBasedStateMachine):
    """Two processes, of which each keeps what it knows of large persons, and everything is done."""

    phones = st.sampled_from(["1", "2", "3"])

    @initialize()
    def begin(self):
        empty_tables()
        self.settings = override_settings(
            REUNITE=FEW | {"ERASURE_KEY": "a key for tests, long enough"}
        )
        self.settings.enable()
        self.processes = [KeptPersons(1_000), KeptPersons(1_000)]
        self.turn = 0
        for number, size in enumerate((LISTED, 52, 3)):
            make_hub(size, str(number + 1), email=f"hub{number}-")

    def teardown(self):
        if hasattr(self, "settings"):
            self.settings.disable()

    def other_process(self):
        self.turn += 1
        large._kept = self.processes[self.turn % 2]

    def new_email(self):
        self.turn += 1
        return f"new{self.turn}@x.example"

    @rule(phone=phones)
    def somebody_joins(self, phone):
        self.other_process()
        identify(SCOPE, self.new_email(), phone)

    @rule(phones=st.lists(phones, min_size=1, max_size=3))
    def a_batch_joins(self, phones):
        self.other_process()
        identify_batch(SCOPE, [(self.new_email(), phone) for phone in phones])

    @rule(phone=phones)
    def a_file_brings_older_contacts(self, phone):
        if Contact.objects.filter(phone_key=phone, deleted_at=None).exists():
            import_rows(SCOPE, [row_of(self.new_email(), phone)], rules=rules_in_force(SCOPE))

    @rule(one=phones, other=phones)
    def two_merge(self, one, other):
        self.other_process()
        contact = Contact.objects.filter(phone_number=one, email_key__isnull=False).last()
        if contact:
            identify(SCOPE, contact.email, other)

    @rule()
    def a_merge_is_revoked(self):
        if link := Link.objects.filter(state="live").last():
            revoke_link(SCOPE, link.pk)

    @rule(place=st.integers(0, 80))
    def a_contact_is_deleted(self, place):
        delete_contact(SCOPE, self.some(place).id)

    @rule(place=st.integers(0, 80))
    def a_person_is_split(self, place):
        contact = self.some(place)
        if contact.linked_id:
            split(SCOPE, contact.id, [contact.id], keep_apart=False)
        else:
            with pytest.raises(NothingToSplit):
                split(SCOPE, contact.id, [each.id for each in stored_person(contact.id).contacts])

    @rule(phone=phones)
    def a_phone_is_retired(self, phone):
        retire(SCOPE, phone_number=phone)

    @rule(phone=phones)
    def a_phone_is_restored(self, phone):
        with suppress(IdentifierNotRetired):
            restore(SCOPE, phone_number=phone)

    @rule(blocked=st.booleans())
    def the_policy_changes(self, blocked):
        change_policy(SCOPE, policy_from({"blocked": {"phoneNumbers": ["3"] if blocked else []}}))

    @rule()
    def a_small_person_is_erased(self):
        contact = self.some(80)
        if stored_person(contact.id).size < 5:
            erase(SCOPE, contact.id)

    def some(self, place):
        alive = list(Contact.objects.filter(deleted_at=None).order_by("id"))
        return alive[place % len(alive)]

    @invariant()
    def every_process_answers_with_what_is_stored(self):
        for kept in getattr(self, "processes", []):
            large._kept = kept
            for phone in ("1", "2", "3"):
                try:
                    person = identify(SCOPE, None, phone).person
                except NoUsableIdentifier:
                    continue
                assert person == stored_person(person.id).first(max(LISTED, 50)), phone
        assert list(check()) == []


TestLargePersons = LargePersons.TestCase
TestLargePersons.settings = settings(
    deadline=None,
    max_examples=10 * EFFORT,
    stateful_step_count=15,
    suppress_health_check=list(HealthCheck),
)


def test_identifiers_of_nobody_are_asked_for_again():
    with pytest.raises(Restart):
        large.find(SCOPE, outside, details_of("a@x.example", "1"), 1)
