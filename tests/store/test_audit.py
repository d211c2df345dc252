from datetime import UTC, datetime

from reunite.core.scope import DEFAULT_WORKSPACE_ID, Scope
from reunite.models import Contact, Link, Retired, Separation, Withheld, Workspace
from reunite.services.audit.check import check
from reunite.services.identify.identify import identify
from tests.builders import NOON, make_contact
from tests.scopes import SCOPE


def found():
    return sorted((violation.code, violation.contact_ids) for violation in check())


def make_link(left, right, **columns):
    return Link.objects.create(
        **{"workspace_id": DEFAULT_WORKSPACE_ID, "origin": "request", "state": "live"} | columns,
        left_kind=left[0],
        left_key=left[1],
        right_kind=right[0],
        right_key=right[1],
        created_at=NOON,
    )


def test_what_identify_wrote_is_sound_and_read_a_person_at_a_time():
    for email, phone in [("a", "1"), ("b", "2"), ("c", "3"), ("b", "1"), ("d", "1"), ("d", "3")]:
        identify(SCOPE, f"{email}@x.example", phone)
    progress = []

    assert list(check(on_progress=progress.append)) == []
    assert progress == [4]


def test_an_empty_database_is_sound():
    assert found() == []


def test_a_key_in_two_persons_is_found():
    one = make_contact("a@x.example", "1")
    other = make_contact("b@x.example", "1")
    make_contact("A@x.example", "3")

    assert [code for code, _ in found()] == ["key_in_two_persons"] * 2
    assert ("key_in_two_persons", (one.id, other.id)) in found()


def test_the_same_key_in_two_workspaces_is_no_violation():
    make_contact("a@x.example", "1")
    make_contact("a@x.example", "1", workspace_id=Workspace.objects.create(name="other").id)

    assert found() == []


def test_one_workspace_is_checked_alone():
    other = Scope(Workspace.objects.create(name="other").id)
    own = {"workspace_id": other.workspace_id}
    one, two = (make_contact(f"{n}@x.example", "1", **own) for n in "ab")
    three = make_contact("c@x.example", **own)
    four = make_contact("c@x.example", primary=three, **own)
    Separation.objects.create(left=three, right=four, created_at=NOON, **own)
    make_link(("email", "a@x.example"), ("email", "b@x.example"), left_value="z@x.example", **own)
    make_contact(None, None, deleted_at=NOON, external_id="order-1", **own)
    make_contact("e@x.example", "2", phone_key="3")

    violations = {
        scope: sorted((each.code, each.contact_ids) for each in check(scope))
        for scope in (None, SCOPE, other)
    }

    assert [code for code, _ in violations[SCOPE]] == ["key_differs"]
    assert violations[None] == sorted(violations[SCOPE] + violations[other])
    assert {code for code, _ in violations[other]} >= {
        "erased_has_values",
        "key_in_two_persons",
        "link_between_persons",
        "link_or_retired_key_differs",
        "separated_in_one_person",
    }
    assert ("key_in_two_persons", (one.id, two.id)) in violations[other]


def test_a_live_link_between_two_persons_is_found():
    one = make_contact("a@x.example")
    other = make_contact(None, "1")
    make_link(("email", "a@x.example"), ("phone", "1"))

    assert found() == [("link_between_persons", (one.id, other.id))]


def test_links_that_are_not_live_and_links_to_nobody_do_not_count():
    primary = make_contact("a@x.example")
    secondary = make_contact(None, "1", primary=primary)
    make_link(("email", "a@x.example"), ("phone", "1"), state="revoked")
    make_link(("email", "a@x.example"), ("phone", "404"))

    assert found() == [("link_to_nobody", (primary.id,)), ("not_connected", (secondary.id,))]


def test_a_live_link_holds_a_person_together():
    primary = make_contact("a@x.example")
    make_contact(None, "1", primary=primary)
    make_contact("between@x.example")
    make_link(("phone", "1"), ("email", "a@x.example"))

    assert found() == []


def test_every_kind_of_broken_row_is_found_with_its_ids():
    deleted = make_contact("gone@x.example", deleted_at=datetime.now(UTC))
    orphan = make_contact("gone@x.example", primary=deleted)
    primary = make_contact("a@x.example", "1")
    secondary = make_contact("b@x.example", "1", primary=primary)
    chained = make_contact("b@x.example", "9", primary=secondary)
    wrong_key = make_contact("c@x.example", "5", phone_key="55")
    younger = make_contact("d@x.example", "7")
    older = make_contact("e@x.example", "7", primary=younger, created_at=NOON)

    assert found() == sorted(
        [
            ("no_live_primary", (orphan.id,)),
            ("no_live_primary", (chained.id,)),
            ("key_in_two_persons", (secondary.id, chained.id)),
            ("key_differs", (wrong_key.id,)),
            ("primary_not_oldest", (older.id, younger.id)),
        ]
    )


def test_a_held_link_of_one_person_and_a_settled_one_of_two_are_found():
    one = make_contact("a@x.example", "1")
    other = make_contact("b@x.example", "2")
    make_link(("email", "a@x.example"), ("phone", "1"), state="held")
    make_link(("email", "b@x.example"), ("phone", "2"), state="settled")
    make_link(("email", "a@x.example"), ("phone", "2"), state="settled")
    make_link(("email", "a@x.example"), ("phone", "404"), state="settled")
    make_link(("email", "b@x.example"), ("phone", "1"), state="held")

    assert found() == sorted(
        [
            ("held_in_one_person", (one.id,)),
            ("settled_between_persons", (one.id, other.id)),
            ("settled_between_persons", (one.id,)),
        ]
    )


def test_a_suspended_link_whose_ends_are_both_carried_is_found():
    one = make_contact("a@x.example")
    other = make_contact(None, "1")
    make_link(("email", "a@x.example"), ("phone", "1"), state="suspended")
    make_link(("email", "a@x.example"), ("phone", "404"), state="suspended")

    assert found() == [("suspended_link_counts", (one.id, other.id))]


def test_separations_that_are_violated_or_of_nobody_are_found():
    one = make_contact("a@x.example", "1")
    same = make_contact("b@x.example", "1", primary=one)
    other = make_contact("c@x.example", "3")
    gone = make_contact("d@x.example", deleted_at=datetime.now(UTC))
    for left, right in ((one, same), (one, other), (other, gone)):
        Separation.objects.create(
            workspace_id=DEFAULT_WORKSPACE_ID, left=left, right=right, created_at=NOON
        )

    assert found() == [
        ("separated_in_one_person", (one.id, same.id)),
        ("separation_of_deleted", (other.id, gone.id)),
    ]


def test_what_is_retired_or_withheld_must_not_count_and_all_else_must():
    contact = make_contact("a@x.example", "1")
    Retired.objects.create(
        workspace_id=DEFAULT_WORKSPACE_ID, kind="phone", key="1", origin="guard", created_at=NOON
    )
    assert found() == [("key_differs", (contact.id,))]
    Contact.objects.update(phone_key=None)
    assert found() == []

    Withheld.objects.create(contact=contact, kind="email", created_at=NOON)
    assert found() == [("key_differs", (contact.id,))]
    Contact.objects.update(email_key=None)
    assert found() == []

    Withheld.objects.all().delete()
    Retired.objects.all().delete()
    assert found() == [("key_differs", (contact.id,))]


def test_an_identifier_is_retired_in_one_workspace():
    other = Workspace.objects.create(name="other").id
    make_contact("a@x.example", "1")
    Retired.objects.create(
        workspace_id=other, kind="phone", key="1", origin="guard", created_at=NOON
    )

    assert found() == []


def test_what_is_left_of_an_erased_contact_is_found():
    erased = make_contact(deleted_at=NOON, source="a file")
    make_contact(deleted_at=NOON)

    assert found() == [("erased_has_values", (erased.id,))]


def test_a_deleted_contact_is_not_counted():
    make_contact("a@x.example", "1")
    make_contact("a@x.example", "1", deleted_at=datetime.now(UTC))

    assert found() == []
    assert Contact.objects.count() == 2
