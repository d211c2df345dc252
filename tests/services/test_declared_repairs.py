"""What operators do, and what policies change, with values of declared kinds."""

import pytest
from django.apps import apps
from django.db import connection

from reunite.core.errors import InvalidRequest, NoUsableIdentifier
from reunite.core.identifiers.kinds import Standing
from reunite.core.identify.plan import Outcome
from reunite.core.persons.person import Contact as CoreContact
from reunite.models import Contact, Event, Identifier, Link, Tombstone, Withheld
from reunite.services.audit.check import check
from reunite.services.audit.rebuild import rebuild
from reunite.services.feed.snapshot import read_snapshot
from reunite.services.identify.identify import identify
from reunite.services.persons.explain import explain, read_end
from reunite.services.persons.export import export
from reunite.services.persons.search import search
from reunite.services.persons.show import show_evidence, show_history, show_person
from reunite.services.persons.statistics import most_carried
from reunite.services.persons.tables import IDENTIFIERS, table_rows
from reunite.services.policy.change import change_policy, read_policy
from reunite.services.policy.job import apply_policy
from reunite.services.policy.normalize import normalize
from reunite.services.policy.simulate import simulate
from reunite.services.repair.delete import delete_contact
from reunite.services.repair.erase import erase
from reunite.services.repair.links import approve_link, reject_link
from reunite.services.repair.retire import restore, retire
from reunite.services.repair.separate import lift, list_separations
from reunite.services.repair.split import split
from reunite.services.repair.undo import undo
from tests.scopes import SCOPE

pytestmark = pytest.mark.django_db(transaction=True)

KINDS = {"customerNumber": {"perPerson": 1}, "email": {}, "whatsapp": {}, "note": {"links": False}}
ONE = {"whatsapp": ["IN.1"]}


@pytest.fixture(autouse=True)
def consistent():
    yield
    assert list(check()) == []
    assert rebuild(SCOPE, dry_run=True).changes_nothing


def rules(kinds=KINDS, **others):
    return read_policy(SCOPE, {"kinds": kinds, **others} if kinds else others)


def declare(kinds=KINDS, **others):
    change_policy(SCOPE, rules(kinds, **others))


def tell(email=None, phone=None, **identifiers):
    given = {kind: [each] if isinstance(each, str) else each for kind, each in identifiers.items()}
    return identify(SCOPE, email, phone, identifiers=given)


def ids(repaired):
    return [[contact.id for contact in person.contacts] for person in repaired.persons]


def two_by_whatsapp():
    """The ids of two contacts that a WhatsApp id joins."""
    tell("a@x.example", whatsapp=["IN.1", "IN.2"])
    return [each.id for each in tell("b@x.example", whatsapp=["IN.1"]).person.contacts]


def test_retiring_parts_whom_a_value_alone_joined_and_restoring_joins_them():
    declare()
    one, other = two_by_whatsapp()
    retired = retire(SCOPE, identifiers={"whatsapp": [" IN.1"]}, reason="shared")
    assert ids(retired) == [[one], [other]]
    assert retire(SCOPE, identifiers=ONE).persons == []
    with pytest.raises(NoUsableIdentifier):
        tell(whatsapp="IN.1")
    tell("c@x.example", whatsapp="IN.1")
    assert show_person(SCOPE, one).standings[one]["whatsapp", "IN.1"] is Standing.RETIRED
    restored = restore(SCOPE, identifiers=ONE)
    assert [len(each.contacts) for each in restored.persons] == [3]
    assert tell(whatsapp="IN.1").person.id == one
    with pytest.raises(InvalidRequest):
        retire(SCOPE, identifiers={"whatsapp": ["1", "2"]})
    with pytest.raises(InvalidRequest):
        retire(SCOPE, identifiers={"card": ["1"]})
    with pytest.raises(InvalidRequest):
        retire(SCOPE, "a@x.example", identifiers=ONE)


def test_a_split_withholds_the_shared_value_alone_and_undoing_gives_it_back():
    declare()
    one, other = two_by_whatsapp()
    tell("b@x.example", whatsapp="IN.3", note="gold")
    done = split(SCOPE, one, [one])
    assert [each[0] for each in ids(done)] == [one, other]
    (withheld,) = Withheld.objects.all()
    assert (withheld.kind, withheld.value) == ("whatsapp", "IN.1")
    assert tell(whatsapp="IN.2").person.id == one
    assert tell(whatsapp="IN.3").person.id == other
    assert search(SCOPE, identifiers=ONE).contacts[-1].standing is Standing.WITHHELD
    assert show_person(SCOPE, other).standings[other]["whatsapp", "IN.1"] is Standing.WITHHELD
    again = undo(SCOPE, done.undo.repair_id)
    assert len(again.persons) == 1
    assert not Withheld.objects.exists()
    undo(SCOPE, again.undo.repair_id)
    assert Withheld.objects.get().value == "IN.1"


def test_lifting_a_separation_may_give_back_what_was_withheld():
    declare()
    one, _ = two_by_whatsapp()
    split(SCOPE, one, [one])
    (separation,) = list_separations(SCOPE, after=0, limit=10)
    lifted = lift(SCOPE, separation.id, give_back=True)
    assert len(lifted.persons) == 1
    assert not Withheld.objects.exists()


def test_a_deleted_contact_matches_nothing_and_comes_back_with_its_values():
    declare()
    one, other = two_by_whatsapp()
    gone = delete_contact(SCOPE, one)
    with_others = tell(whatsapp="IN.2")
    assert with_others.outcome is Outcome.CREATED
    assert tell(whatsapp="IN.1").person.id == other
    back = undo(SCOPE, gone.undo.repair_id)
    assert len(back.persons) == 1
    assert back.persons[0].others == {"whatsapp": ["IN.1", "IN.2"]}


def test_deleting_tells_what_still_joins_two_of_the_values_of_a_contact():
    declare()
    one = tell("a@x.example", "1", whatsapp=["IN.1", "IN.2"]).person.id
    tell(None, "2", whatsapp=["IN.1", "IN.2"])
    deleted = delete_contact(SCOPE, one)
    assert len(deleted.connected_by.steps) == 2


def test_a_held_merge_is_approved_and_rejected_whatever_kinds_its_ends_have():
    declare()
    tell("a@x.example", "1", customerNumber="1")
    other = tell(customerNumber="2")
    held = tell(None, "1", customerNumber="2")
    (review,) = held.decision.held
    reject_link(SCOPE, review.link_id)
    assert tell(None, "1", customerNumber="2").decision.held[0].state == "rejected"
    tell("a@x.example", whatsapp="IN.1", customerNumber="2")
    (review,) = tell(whatsapp="IN.1", customerNumber="3").decision.held
    approved = approve_link(SCOPE, review.link_id)
    assert len(approved.persons) == 1
    joined = tell(customerNumber="3").person
    assert joined.id == other.person.id
    assert joined.others == {"customerNumber": ["2", "3"], "whatsapp": ["IN.1"]}


def values_in_tables():
    with connection.cursor() as cursor:
        for model in apps.get_app_config("reunite").get_models():
            cursor.execute(f"SELECT * FROM {model._meta.db_table}")
            yield from map(repr, cursor.fetchall())


def test_an_erased_person_leaves_hashes_of_values_and_nothing_else():
    declare()
    one, _ = two_by_whatsapp()
    done = split(SCOPE, one, [one])
    tell("a@x.example", customerNumber="K-10023", note="golden customer")
    retire(SCOPE, identifiers={"whatsapp": ["IN.2"]})
    other = tell("z@x.example", whatsapp="IN.9").person.id
    erase(SCOPE, one)
    text = "\n".join(values_in_tables())
    assert "IN.2" not in text
    assert "K-10023" not in text
    assert "golden" not in text
    assert "IN.1" in text  # The other person's.
    assert done.undo is not None
    assert {each.kind for each in Tombstone.objects.all()} >= {"whatsapp", "customerNumber"}
    assert tell(whatsapp="IN.9").person.id == other
    assert not Identifier.objects.filter(contact_id=one).exists()


def test_what_is_kept_is_exported_with_values_of_declared_kinds():
    declare()
    one, _ = two_by_whatsapp()
    exported = export(SCOPE, one, lambda found: [each.values for each in found.contacts])
    assert [[value.given for value in values] for values in exported] == [
        ["a@x.example", "IN.1", "IN.2"],
        ["b@x.example", "IN.1"],
    ]
    with table_rows(SCOPE, IDENTIFIERS) as rows:
        assert ("whatsapp", "IN.2", one) in [tuple(row) for row in rows]


def test_values_are_found_whether_they_count_or_not():
    declare()
    tell("a@x.example", note="gold", whatsapp="IN.1")
    tell("b@x.example", note="gold")
    found = search(SCOPE, identifiers={"note": ["gold "]})
    assert found.standing is Standing.CARRIED
    assert [each.standing for each in found.contacts] == [Standing.CARRIED] * 2
    assert len(found.persons) == 2
    assert search(SCOPE, identifiers=ONE).standing is Standing.COUNTS
    assert search(SCOPE, identifiers={"whatsapp": ["N/A"]}).standing is Standing.PLACEHOLDER


def test_evidence_and_explanations_name_identifiers_of_declared_kinds():
    declare()
    one, other = two_by_whatsapp()
    nodes = {each.right for each in show_evidence(SCOPE, one).evidence.edges}
    assert ("whatsapp", "IN.1") in nodes
    end = read_end(SCOPE, identifiers={"whatsapp": ["IN.2"]})
    explained = explain(SCOPE, end, other)
    assert [type(step.source) for step in explained.steps] == [CoreContact] * 3
    tell("c@x.example", note="gold")
    carried = explain(SCOPE, read_end(SCOPE, identifiers={"note": ["gold"]}), other)
    assert carried.not_counting[0].standing is Standing.CARRIED


def test_events_tell_of_kinds_and_of_no_values():
    declare()
    one, _ = two_by_whatsapp()
    retire(SCOPE, identifiers=ONE)
    restore(SCOPE, identifiers=ONE)
    tell("a@x.example", note="gold")
    events = show_history(SCOPE, one, after=0, limit=100).events
    assert {e.payload["kind"] for e in events if "kind" in e.payload} == {"whatsapp"}
    assert events[-1].payload["ignored"] == {"note": "carried"}
    assert "IN.1" not in repr(list(Event.objects.values_list("payload", flat=True)))


def test_normalizing_tells_what_values_of_declared_kinds_become():
    declare({"card": {"normalize": "digits"}, "note": {"links": False}})
    found = normalize(SCOPE, None, None, {"card": ["1-2", "x"], "note": ["n"]})
    assert [(kind, each.key, each.ignored) for kind, each in found] == [
        ("card", "12", None),
        ("card", None, None),
        ("note", None, "carried"),
    ]
    assert found[1][1].error.field == "identifiers.card"
    with pytest.raises(InvalidRequest):
        normalize(SCOPE, None, None, {"other": ["1"]})


def test_taking_a_kind_away_divides_whom_it_alone_joined_and_declaring_it_joins_them():
    declare()
    one, other = two_by_whatsapp()
    less = {name: each for name, each in KINDS.items() if name != "whatsapp"}
    simulated = simulate(SCOPE, rules(less))
    assert (simulated.after.effects.splits, simulated.rekeyed) == (1, 2)
    assert simulated.uncounted == {"undeclared": 3}
    assert [size.person_id for size in simulated.after.effects.samples[0].after] == [one, other]
    declare(less)
    assert tell("b@x.example").person.id == other
    assert show_person(SCOPE, one).standings[one]["whatsapp", "IN.1"] is Standing.UNDECLARED
    assert list(check()) == []
    declare(None)
    apply_policy(SCOPE, rules())
    assert tell("b@x.example").person.id == one


def test_another_canonical_form_gives_stored_values_links_and_what_is_retired_other_keys():
    declare()
    tell(whatsapp="in.1")
    tell("a@x.example")
    merged = tell("a@x.example", whatsapp="in.1")
    assert merged.decision.links
    tell(whatsapp="X.2")
    retire(SCOPE, identifiers={"whatsapp": ["X.2"]})
    other = tell(whatsapp="IN.1")
    assert other.outcome is Outcome.CREATED
    lower = {**KINDS, "whatsapp": {"normalize": "lower"}}
    assert simulate(SCOPE, rules(lower)).after.effects.merges == 1
    apply_policy(SCOPE, rules(lower))
    assert tell(whatsapp="IN.1").person.id == merged.person.id
    assert Link.objects.filter(right_kind="whatsapp", right_key="in.1", state="live").exists()
    with pytest.raises(NoUsableIdentifier):
        tell(whatsapp="x.2")


def test_simulating_counts_whom_a_limit_of_a_declared_kind_concerns():
    declare()
    tell(whatsapp=["1", "2", "3"])
    tell("a@x.example", whatsapp="1")
    tell("b@x.example", whatsapp="1")
    limited = {**KINDS, "whatsapp": {"perPerson": 2, "contactsPerValue": 2}}
    found = simulate(SCOPE, rules(limited))
    assert found.over_limit == {"customerNumber": 0, "whatsapp": 1}
    assert [(hub.kind, hub.contacts) for hub in found.hubs.hubs] == [("whatsapp", 3)]
    assert most_carried(SCOPE, limit=1)[0].identifier == ("whatsapp", "1")


def test_rows_of_identifiers_that_are_wrong_are_told_and_mended():
    declare()
    one, other = two_by_whatsapp()
    Identifier.objects.filter(contact_id=one, value="IN.2").delete()
    Identifier.objects.filter(contact_id=other).update(counts=False)
    plain = tell("c@x.example").person.id
    Identifier.objects.create(
        workspace_id=SCOPE.workspace_id, contact_id=plain, kind="k", value="v", key="v", counts=True
    )
    assert {each.code for each in check()} == {"identifiers_differ"}
    assert rebuild(SCOPE).relisted == sorted([one, other, plain])
    assert list(check()) == []


def test_keys_that_are_wrong_are_told_and_mended():
    declare()
    one, other = two_by_whatsapp()
    wrong = '[["whatsapp","IN.1",null,"IN.1"]]'
    Contact.objects.filter(id=other).update(others=wrong, linked=None, link_precedence="primary")
    Identifier.objects.filter(contact_id=other).update(counts=False)
    assert {each.code for each in check()} == {"key_differs"}
    rebuild(SCOPE)
    assert tell("b@x.example").person.id == one
    Contact.objects.filter(id=other).update(linked=None, link_precedence="primary")
    assert "key_in_two_persons" in {each.code for each in check()}
    rebuild(SCOPE)
    Contact.objects.filter(id=other).update(others='[["whatsapp","IN.1","IN.1","x"]]')
    assert {each.code for each in check()} == {"identifiers_differ", "key_differs"}
    rebuild(SCOPE)


def test_snapshots_hold_values_of_declared_kinds():
    declare()
    two_by_whatsapp()
    tell("c@x.example")
    members = read_snapshot(SCOPE, after=0, limit=10).members
    assert [each.identifiers for each in members] == [
        {"whatsapp": ["IN.1", "IN.2"]},
        {"whatsapp": ["IN.1"]},
        {},
    ]
