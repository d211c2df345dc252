"""Whatever the guards stop: nothing is lost, no limit is broken, and batches decide alike."""

from collections import Counter
from itertools import groupby

from hypothesis import given
from hypothesis import strategies as st

from reunite.core.errors import NoUsableIdentifier
from reunite.core.identifiers.kinds import Kind
from reunite.core.identify.plan import Outcome
from reunite.models import Contact, Event, Link, Retired, Separation, Withheld
from reunite.services.audit.check import check
from reunite.services.identify.batch import identify_batch
from reunite.services.identify.identify import identify
from tests.builders import keep_apart, set_policy
from tests.emptying import empty_tables
from tests.scopes import SCOPE
from tests.services.histories import on_a_database, policies, requests

verified = st.frozensets(st.sampled_from(list(Kind)))
histories = st.lists(st.tuples(requests, verified), min_size=1, max_size=14)


def alone(request, kinds):
    try:
        return identify(SCOPE, *request, verified=kinds)
    except NoUsableIdentifier as error:
        return error


def one_by_one(history):
    return [alone(*each) for each in history]


def in_batches(cuts):
    def send(history):
        pairs = zip(history, cuts, strict=False)
        batches = [[each for each, _ in group] for _, group in groupby(pairs, lambda pair: pair[1])]
        return [
            answer
            for batch in batches
            for answer in identify_batch(SCOPE, [(*request, kinds) for request, kinds in batch])
        ]

    return send


def from_nothing(policy, apart, history, send):
    """The answers and all rows, with ids counted from the first contact."""
    empty_tables()
    set_policy(**policy)
    first = identify(SCOPE, "first@x.example", "77")
    second = identify(SCOPE, "second@x.example", "88")
    if apart:
        keep_apart(first.person.id, second.person.id)
    answers = send(history)
    base = first.person.id
    links = {
        link.id: (link.left_key, link.right_key, link.state, link.held_for)
        for link in Link.objects.all()
    }
    told = [
        "refused"
        if isinstance(answer, NoUsableIdentifier)
        else (
            answer.outcome,
            answer.person.id - base,
            answer.person.emails,
            answer.person.phone_numbers,
            answer.decision.created and answer.decision.created - base,
            [id - base for id in answer.decision.absorbed],
            answer.decision.ignored,
            answer.decision.held and links[answer.decision.held[0].link_id],
        )
        for answer in answers
    ]
    rows = [
        (c.id - base, c.email_key, c.phone_key, c.linked_id and c.linked_id - base)
        for c in Contact.objects.order_by("id")
    ]
    return (
        told,
        rows,
        sorted(links.values(), key=str),
        sorted(Retired.objects.values_list("kind", "key")),
        sorted((each.contact_id - base, each.kind) for each in Withheld.objects.all()),
        list(Event.objects.order_by("position").values_list("type", flat=True)),
    )


def strangers(hub):
    """How many groups hang on an identifier: with both other kinds, with an email; by flooding."""
    joined = [
        {("email", c.email_key), ("phone", c.phone_key)} for c in Contact.objects.order_by("id")
    ]
    joined += [
        {(each.left_kind, each.left_key), (each.right_kind, each.right_key)}
        for each in Link.objects.filter(state="live")
    ]
    joined = [{node for node in nodes if node[1] is not None} for nodes in joined]
    groups = []
    for start in joined:
        if hub in start and not any(start & group for group in groups):
            group = start - {hub}
            while near := {n for nodes in joined if nodes & group for n in nodes} - {hub} - group:
                group |= near
            groups.append(group)
    kinds = [{kind for kind, _ in group} for group in groups]
    return sum(len(each) == 2 for each in kinds), sum("email" in each for each in kinds)


special = st.sampled_from(
    [
        (("first@x.example", "88"), frozenset(Kind)),
        (("second@x.example", "77"), frozenset(Kind)),
        (("first@x.example", "1"), frozenset()),
        (("a@x.example", "88"), frozenset()),
    ]
)
told = st.lists(st.one_of(st.tuples(requests, verified), special), min_size=1, max_size=14)


@on_a_database
@given(policies, st.booleans(), told, st.lists(st.booleans(), min_size=14, max_size=14))
def test_batches_decide_as_single_requests_whatever_guards_stop(policy, apart, history, cuts):
    expected = from_nothing(policy, apart, history, one_by_one)
    assert list(check()) == []

    assert from_nothing(policy, apart, history, in_batches(cuts)) == expected


@on_a_database
@given(policies, st.booleans(), told)
def test_no_guard_loses_anything_and_no_limit_is_broken(policy, apart, history):
    from_nothing(policy, apart, history, one_by_one)

    persons = {}
    for contact in Contact.objects.all():
        persons.setdefault(contact.linked_id or contact.id, []).append(contact)
    for kind in ("email", "phone"):
        limit = policy["limits"][f"{kind}sPerPerson"] or 99
        keys = [{getattr(c, f"{kind}_key") for c in person} - {None} for person in persons.values()]
        assert max(map(len, keys)) <= limit
        carried = Counter(getattr(c, f"{kind}_key") for c in Contact.objects.all())
        del carried[None]
        assert max(carried.values(), default=0) <= (
            policy["limits"][f"contactsPer{kind.title()}"] or 99
        )
        for key in carried:
            whole, emails = strangers((kind, key))
            assert whole <= (policy["limits"][f"personsPer{kind.title()}"] or 99)
            assert kind == "email" or emails <= (policy["limits"]["emailsPerPhone"] or 99)
    for separation in Separation.objects.select_related("left", "right"):
        left, right = separation.left, separation.right
        assert (left.linked_id or left.id) != (right.linked_id or right.id)
    given_values = {value for request, _ in history for value in request if value}
    stored = set(Contact.objects.values_list("email", flat=True)) | set(
        Contact.objects.values_list("phone_number", flat=True)
    )
    retired = set(Retired.objects.values_list("key", flat=True))
    assert given_values - stored <= retired | {"5"}
    if not retired:
        again = [alone(*each) for each in history]
        assert {each.outcome for each in again if not isinstance(each, NoUsableIdentifier)} <= {
            Outcome.UNCHANGED,
            Outcome.HELD,
        }
