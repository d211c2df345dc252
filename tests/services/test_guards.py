"""What the guards do to identify, one request at a time."""

import pytest

from reunite.core.errors import NoUsableIdentifier
from reunite.core.identifiers.kinds import Ignored, Kind
from reunite.core.identify.plan import HoldReason, Outcome, ReviewState
from reunite.models import Contact, Event, Link, Policy, Retired, Withheld
from reunite.services.audit.check import check
from reunite.services.identify.batch import identify_batch
from reunite.services.identify.identify import identify
from reunite.services.identify.resolve import resolve
from tests.builders import changed, keep_apart, retire, set_policy
from tests.scopes import SCOPE

ANN, BEN, CAT = ("ann@x.example", "1001"), ("ben@x.example", "1002"), ("cat@x.example", "1003")
BOTH = frozenset(Kind)


def one_by_one(*requests):
    return [
        identify(SCOPE, email, phone, verified=verified[0] if verified else frozenset())
        for email, phone, *verified in requests
    ]


def all_at_once(*requests):
    return identify_batch(SCOPE, requests)


either_way = pytest.mark.parametrize("send", [one_by_one, all_at_once])


def events_of(type):
    return list(
        Event.objects.filter(type=type).order_by("position").values_list("payload", flat=True)
    )


class TestPlaceholders:
    def test_a_placeholder_is_read_as_not_given(self):
        first = identify(SCOPE, "ann@x.example", "0000000000")
        other = identify(SCOPE, "ben@x.example", "0000000000")

        assert first.person.id != other.person.id
        assert first.person.phone_numbers == []
        assert first.decision.ignored == ((Kind.PHONE, Ignored.PLACEHOLDER),)
        assert events_of("contact.created")[0]["ignored"] == {"phone": "placeholder"}

    @pytest.mark.parametrize("details", [("n/a", None), (None, "unknown"), ("None", "000")])
    def test_a_request_of_placeholders_alone_is_refused(self, details):
        with pytest.raises(NoUsableIdentifier):
            identify(SCOPE, *details)
        assert isinstance(identify_batch(SCOPE, [details])[0], NoUsableIdentifier)
        assert not Contact.objects.exists()


class TestBlocked:
    def test_a_blocked_value_is_kept_and_joins_nobody(self):
        set_policy(blocked={"domains": ["shop.example"]})
        first, other = (
            identify(SCOPE, "info@shop.example", "1001"),
            identify(SCOPE, "info@shop.example", "1002"),
        )

        assert first.person.id != other.person.id
        assert first.person.emails == ["info@shop.example"]
        assert first.decision.ignored == ((Kind.EMAIL, Ignored.BLOCKED),)
        assert list(check()) == []

    def test_the_policy_is_read_again_when_it_has_changed(self):
        set_policy(blocked={"emails": ["info@shop.example"]})
        with pytest.raises(NoUsableIdentifier):
            identify(SCOPE, "info@shop.example", None)
        Policy.objects.all().delete()
        changed()

        assert identify(SCOPE, "info@shop.example", None).outcome is Outcome.CREATED

    def test_a_batch_reads_the_policy_again_when_it_has_changed(self):
        set_policy(blocked={"emails": ["info@shop.example"]})
        (refused,) = identify_batch(SCOPE, [("info@shop.example", None)])
        Policy.objects.all().delete()
        changed()
        (told,) = identify_batch(SCOPE, [("info@shop.example", None)])

        assert isinstance(refused, NoUsableIdentifier)
        assert told.outcome is Outcome.CREATED


class TestRetired:
    @either_way
    def test_a_retired_value_is_kept_and_joins_nobody(self, send):
        retire("phone", "1001")
        first, other, again = send(ANN, ("ben@x.example", "1001"), ANN)

        assert first.person.id != other.person.id
        assert first.person.phone_numbers == ["1001"]
        assert again.outcome is Outcome.UNCHANGED
        assert again.decision.ignored == ((Kind.PHONE, Ignored.RETIRED),)
        assert Contact.objects.count() == 2

    def test_a_request_of_retired_values_alone_is_refused(self):
        retire("phone", "1001")

        with pytest.raises(NoUsableIdentifier):
            identify(SCOPE, None, "1001")
        with pytest.raises(NoUsableIdentifier):
            resolve(SCOPE, None, "1001")
        refused, told = identify_batch(SCOPE, [(None, "1001"), BEN])
        assert isinstance(refused, NoUsableIdentifier)
        assert told.outcome is Outcome.CREATED

    @pytest.mark.parametrize("ask", [identify, resolve])
    def test_beside_a_retired_value_no_old_policy_refuses_what_counts_again(self, ask):
        retire("phone", "800500")
        set_policy(blocked={"domains": ["shop.example"]})
        with pytest.raises(NoUsableIdentifier):
            ask(SCOPE, "ann@shop.example", "800500")
        # Another process takes the policy back: this one has not read it since.
        Policy.objects.all().delete()
        changed()

        assert ask(SCOPE, "ann@shop.example", "800500").decision.ignored == (
            (Kind.PHONE, Ignored.RETIRED),
        )


class TestKeptApart:
    @either_way
    def test_a_merge_of_persons_kept_apart_is_held_once(self, send):
        ann, ben = (each.person for each in one_by_one(ANN, BEN))
        keep_apart(ann.id, ben.id)

        bridges = send((ANN[0], BEN[1]), (BEN[0], ANN[1]), (ANN[0], BEN[1]))

        assert [each.outcome for each in bridges] == [Outcome.HELD] * 3
        assert [each.person.id for each in bridges] == [ann.id, ben.id, ann.id]
        (link,) = Link.objects.all()
        assert (link.state, link.held_for) == ("held", "kept_apart")
        assert {each.decision.held[0].link_id for each in bridges} == {link.id}
        assert events_of("merge.held") == [
            {"linkId": link.id, "otherId": ben.id, "reason": "kept_apart"}
        ]
        assert list(check()) == []

    @either_way
    def test_newcomers_join_the_person_that_they_lead_to(self, send):
        ann, ben = (each.person for each in one_by_one(ANN, BEN))
        keep_apart(ann.id, ben.id)

        came = send(("new@x.example", ANN[1]), ("new@x.example", BEN[1]))

        assert [each.outcome for each in came] == [Outcome.LINKED, Outcome.HELD]
        assert {each.person.id for each in came} == {ann.id}

    @either_way
    def test_other_merges_go_on_and_carry_the_separation_along(self, send):
        ann, ben, cat = (each.person for each in one_by_one(ANN, BEN, CAT))
        keep_apart(ann.id, cat.id)

        merged, held = send((ANN[0], BEN[1]), (BEN[0], CAT[1]))

        assert (merged.outcome, held.outcome) == (Outcome.MERGED, Outcome.HELD)
        assert merged.person.id == held.person.id == ann.id
        assert merged.decision.absorbed == (ben.id,)


class TestRejected:
    @either_way
    def test_what_was_rejected_is_not_held_again(self, send):
        ann, ben = (each.person for each in one_by_one(ANN, BEN))
        keep_apart(ann.id, ben.id)
        identify(SCOPE, ANN[0], BEN[1])
        Link.objects.update(state="rejected")

        same, other = send((ANN[0], BEN[1]), (BEN[0], ANN[1]))

        assert same.outcome is other.outcome is Outcome.HELD
        assert same.decision.held[0].state is other.decision.held[0].state is ReviewState.REJECTED
        assert Link.objects.count() == 1


class TestVerified:
    @either_way
    def test_only_verified_identifiers_join_two_persons(self, send):
        set_policy(joinOnlyVerified=True)
        one_by_one(ANN, BEN)

        (held,) = send((ANN[0], BEN[1], frozenset({Kind.EMAIL})))
        assert held.decision.held[0].reason is HoldReason.NOT_VERIFIED

        Link.objects.all().delete()
        (merged,) = send((ANN[0], BEN[1], BOTH))
        assert merged.outcome is Outcome.MERGED

    def test_unverified_newcomers_still_join(self):
        set_policy(joinOnlyVerified=True)
        assert [each.outcome for each in one_by_one(ANN, ("new@x.example", ANN[1]))] == [
            Outcome.CREATED,
            Outcome.LINKED,
        ]


TWO_EMAILS = {"limits": {"emailsPerPerson": 2}}
TWO_PHONES = {"limits": {"phonesPerPerson": 2}}


class TestTooManyIdentifiers:
    @either_way
    def test_an_email_too_many_starts_a_person_of_its_own(self, send):
        set_policy(**TWO_EMAILS)
        third = ("c@x.example", "1001")

        first, second, apart, again = send(ANN, ("b@x.example", "1001"), third, third)

        assert first.person.id == second.person.id != apart.person.id == again.person.id
        assert apart.outcome is again.outcome is Outcome.HELD
        assert (apart.decision.created, again.decision.created) == (apart.person.id, None)
        assert apart.person.emails == ["c@x.example"]
        (withheld,) = Withheld.objects.all()
        assert (withheld.contact_id, withheld.kind) == (apart.person.id, "phone")
        (link,) = Link.objects.all()
        assert (link.state, link.held_for) == ("held", "too_many_identifiers")
        assert again.decision.held[0].link_id == link.id

    @either_way
    def test_a_phone_too_many_is_a_person_to_be_found_by_it(self, send):
        set_policy(**TWO_PHONES)
        requests = [ANN, (ANN[0], "1002"), (ANN[0], "1003"), (ANN[0], "1003"), (None, "1003")]

        ann, _, apart, again, phone = send(*requests)

        assert apart.person.id == again.person.id == ann.person.id
        assert apart.decision.created == phone.person.id != ann.person.id
        assert Contact.objects.count() == 3

    @either_way
    def test_a_merge_to_more_than_the_limit_is_held(self, send):
        set_policy(**TWO_EMAILS)
        one_by_one(ANN, ("b@x.example", "1001"), CAT)

        (held,) = send((ANN[0], CAT[1]))

        assert held.decision.held[0].reason is HoldReason.TOO_MANY_IDENTIFIERS

    @either_way
    def test_up_to_the_limit_persons_merge(self, send):
        set_policy(**TWO_EMAILS)
        one_by_one(ANN, CAT)

        (merged,) = send((ANN[0], CAT[1]))

        assert merged.outcome is Outcome.MERGED


class TestHubs:
    @either_way
    def test_a_hub_is_retired_and_those_whom_it_joined_part(self, send):
        set_policy(limits={"contactsPerPhone": 3})
        shared = [(f"{number}@x.example", "5550100") for number in range(6)]

        answers = send(*shared, *shared)

        assert len({each.person.id for each in answers}) == 6
        assert [each.outcome for each in answers[6:]] == [Outcome.UNCHANGED] * 6
        (retired,) = Retired.objects.all()
        assert (retired.kind, retired.key, retired.origin) == ("phone", "5550100", "guard")
        assert Contact.objects.filter(linked=None, phone_key=None).count() == 6
        told = events_of("identifier.retired")
        assert len(told) == 3
        assert len(told[0]["before"]) == 1
        assert len(told[0]["after"]) == 3

    @either_way
    def test_what_else_joins_them_still_does(self, send):
        set_policy(limits={"contactsPerPhone": 2})
        one_by_one(("a@x.example", "5550100"), ("a@x.example", "7"), ("b@x.example", "5550100"))
        identify(SCOPE, "d@x.example", "8")
        identify(SCOPE, "a@x.example", "8")  # A link from a to 8, which stays.

        send(("c@x.example", "5550100"))

        persons = {
            frozenset(identify(SCOPE, email, None).person.emails)
            for email in ("a@x.example", "b@x.example", "c@x.example", "d@x.example")
        }
        assert persons == {
            frozenset({"a@x.example", "d@x.example"}),
            frozenset({"b@x.example"}),
            frozenset({"c@x.example"}),
        }

    @either_way
    def test_links_to_a_hub_are_suspended(self, send):
        set_policy(limits={"contactsPerPhone": 2})
        one_by_one(("a@x.example", "5550100"), ("b@x.example", "5550100"), ("c@x.example", "7"))

        send(("c@x.example", "5550100"), ("d@x.example", "5550100"))

        assert Link.objects.get().state == "suspended"
        assert Contact.objects.filter(linked=None).count() == 4

    @either_way
    def test_allowed_identifiers_are_never_hubs(self, send):
        set_policy(limits={"contactsPerPhone": 2}, allowed={"phoneNumbers": ["555-0100"]})
        answers = send(*[(f"{number}@x.example", "5550100") for number in range(5)])

        assert len({each.person.id for each in answers}) == 1
        assert not Retired.objects.exists()

    def test_resolve_foretells_what_becomes_of_a_hub(self):
        set_policy(limits={"contactsPerEmail": 1})
        identify(SCOPE, "info@x.example", "1")

        resolved = resolve(SCOPE, "info@x.example", "2")

        assert resolved.person is None
        assert resolved.decision.outcome is Outcome.CREATED
        assert resolved.decision.ignored == ((Kind.EMAIL, Ignored.RETIRED),)
        assert not Retired.objects.exists()
