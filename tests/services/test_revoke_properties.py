"""A merge that is revoked is as if it had never been, whatever was merged since."""

from hypothesis import assume, given, settings
from hypothesis import strategies as st

from reunite.core.identify.plan import Outcome
from reunite.models import Link
from reunite.services.identify.identify import identify
from reunite.services.identify.resolve import resolve
from reunite.services.repair.links import revoke_link
from tests.builders import stored_rows
from tests.effort import EFFORT
from tests.emptying import empty_tables
from tests.scopes import SCOPE
from tests.services.histories import on_a_database, send

STRANGERS = [(f"{name}@x.example", phone) for name, phone in zip("abcdef", "123456", strict=True)]
bridges = st.tuples(*(st.sampled_from(each) for each in zip(*STRANGERS, strict=True)))


def rows_by_age():
    """All contacts with their primaries, both by their place in age."""
    rows = stored_rows()
    place = {row[0]: at for at, row in enumerate(rows)}
    return [(email, phone, place.get(to), which) for _, email, phone, to, which, _ in rows]


def answers(history):
    """What each request is answered by now, contacts by their place in age."""
    place = {row[0]: at for at, row in enumerate(stored_rows())}
    persons = [resolve(SCOPE, *request).person for request in history]
    return [
        (p.emails, p.phone_numbers, [place[contact.id] for contact in p.contacts]) for p in persons
    ]


@settings(on_a_database, max_examples=25 * EFFORT)
@given(st.permutations(STRANGERS), st.lists(bridges, max_size=2), bridges, st.lists(bridges))
def test_revoking_a_merge_gives_what_there_were_without_it(strangers, earlier, merge, later):
    before = [*strangers, *earlier]
    send(before)
    assume(identify(SCOPE, *merge).outcome is Outcome.MERGED)
    link = Link.objects.latest("id").pk
    # Only what merges is sent: of what is known already there would be nothing left to remember.
    merges = []
    for request in later:
        if resolve(SCOPE, *request).decision.outcome is Outcome.MERGED:
            identify(SCOPE, *request)
            merges.append(request)

    revoke_link(SCOPE, link)

    asked = [*before, *merges]
    rows, answered = rows_by_age(), answers(asked)
    empty_tables()
    send(asked)
    assert rows == rows_by_age()
    assert answered == answers(asked)
