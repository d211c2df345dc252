"""Which caller a request is of, and how long that is remembered."""

import threading
from datetime import UTC, datetime, timedelta

import pytest
from django.db import connection

from reunite.core.access.callers import ANYBODY, OPERATOR, KeyScope
from reunite.core.access.keys import make_key
from reunite.core.errors import (
    KeyExpired,
    KeyMissing,
    KeyRevoked,
    KeyUnknown,
    ScopeMissing,
    Unauthenticated,
)
from reunite.core.scope import Scope
from reunite.models import ApiKey
from reunite.services.access import door as door_module
from reunite.services.access.door import (
    SECONDS_KNOWN,
    SECONDS_REFUSED,
    Door,
    Remembered,
    keys_are_asked_for,
)
from reunite.services.access.keys import create_key, revoke_key, sign_out
from reunite.services.access.workspaces import create_workspace
from reunite.store.access.api_keys import used
from reunite.store.database.transactions import transaction
from tests.scopes import SCOPE

READ, ADMIN = (KeyScope.READ,), (KeyScope.ADMIN,)


class Clock:
    """Seconds that pass when a test says so."""

    now = 100.0

    def __call__(self):
        return self.now


@pytest.fixture
def clock():
    return Clock()


@pytest.fixture
def door(clock):
    return Door(clock)


@pytest.fixture
def queries(monkeypatch):
    """The short parts that were looked up in the database."""
    asked = []
    find = door_module.api_keys.find

    def note(short):
        asked.append(short)
        return find(short)

    monkeypatch.setattr(door_module.api_keys, "find", note)
    return asked


def bearer(text):
    return f"Bearer {text}"


def make(*scopes, **more):
    return create_key(SCOPE, "shop", scopes or READ, **more)


def settings_with(settings, **changes):
    settings.REUNITE = {**settings.REUNITE, **changes}


@pytest.mark.parametrize("header", [None, "", "Basic YTpi", "Bearer", "Bearer of another system"])
def test_without_any_key_everybody_is_let_in(door, header):
    assert door.let_in(header, READ) == ANYBODY


def test_a_key_that_does_not_exist_is_refused_even_while_all_is_open(door):
    text, _ = make_key(bytes(4), bytes(32))
    with pytest.raises(KeyUnknown):
        door.let_in(bearer(text), READ)


def test_a_key_says_the_workspace_the_name_and_the_scopes(door):
    workspace = create_workspace(SCOPE, "shop-de").workspace
    created = create_key(Scope(workspace.id, who="admin"), "shop", [KeyScope.READ])

    for header in (bearer(created.text), f"bearer  {created.text} "):
        caller = door.let_in(header, READ)
        assert (caller.workspace_id, caller.name) == (workspace.id, "shop")
        assert caller.scopes == {KeyScope.READ}
    with pytest.raises(ScopeMissing):
        door.let_in(bearer(created.text), (KeyScope.REPAIR,))
    assert created.key.created_by == "admin"


@pytest.mark.parametrize("header", [None, "", "Basic YTpi", "Bearer"])
def test_as_soon_as_there_is_a_key_it_is_asked_for(door, header):
    make()
    with pytest.raises(KeyMissing):
        door.let_in(header, READ)


def test_a_key_that_is_revoked_or_expired_does_not_open_the_server(door):
    revoke_key(SCOPE, make().key.id)
    with pytest.raises(KeyMissing):
        door.let_in(None, READ)


def test_each_way_to_hold_no_more_is_told(door, clock):
    revoked, expired = make(), make()
    revoke_key(SCOPE, revoked.key.id)
    ApiKey.objects.filter(pk=expired.key.id).update(expires_at=datetime.now(UTC))

    with pytest.raises(KeyRevoked):
        door.let_in(bearer(revoked.text), READ)
    with pytest.raises(KeyExpired):
        door.let_in(bearer(expired.text), READ)
    with pytest.raises(KeyUnknown):
        door.let_in("Bearer of another system", READ)


def test_the_right_short_part_with_another_secret_is_refused(door):
    created = make()
    text, _ = make_key(bytes.fromhex(created.key.short), bytes(32))
    with pytest.raises(KeyUnknown):
        door.let_in(bearer(text), READ)


def test_a_known_key_asks_the_database_nothing(door, queries):
    text = make().text
    for _ in range(50):
        door.let_in(bearer(text), READ)
    assert len(queries) == 1


def test_a_revocation_is_noticed_within_the_documented_seconds(door, clock):
    created = make()
    door.let_in(bearer(created.text), READ)
    revoke_key(SCOPE, created.key.id)  # As another process does: this door is told nothing.

    clock.now += SECONDS_KNOWN - 0.001
    door.let_in(bearer(created.text), READ)
    clock.now += 0.001
    with pytest.raises(KeyRevoked):
        door.let_in(bearer(created.text), READ)


def test_what_administrators_alone_may_do_is_refused_to_a_revoked_key_at_once(door):
    created = make(KeyScope.ADMIN)
    door.let_in(bearer(created.text), READ)
    door.let_in(bearer(created.text), ADMIN)
    name = door.remember(created.text)
    door.let_in_again(name, ADMIN)
    revoke_key(SCOPE, created.key.id)  # As another process does: this door is told nothing.

    door.let_in(bearer(created.text), READ)
    door.let_in_again(name, READ)
    with pytest.raises(KeyRevoked):
        door.let_in(bearer(created.text), ADMIN)
    with pytest.raises(KeyRevoked):
        door.let_in_again(name, ADMIN)


def test_what_administrators_alone_may_do_is_refused_as_soon_as_there_is_a_key(door, settings):
    settings_with(settings, BOOTSTRAP_KEY="a" * 32)
    assert door.let_in(bearer("a" * 32), ADMIN) == OPERATOR
    make()  # As another process does.
    assert door.let_in(bearer("a" * 32), READ) == OPERATOR
    with pytest.raises(KeyUnknown):
        door.let_in(bearer("a" * 32), ADMIN)


def test_a_door_that_forgets_notices_a_revocation_at_once(door):
    created = make()
    door.let_in(bearer(created.text), READ)
    revoke_key(SCOPE, created.key.id)
    door.forget()
    with pytest.raises(KeyRevoked):
        door.let_in(bearer(created.text), READ)


def test_a_key_is_not_remembered_beyond_its_end(door, clock):
    created = make(expires_at=datetime.now(UTC) + timedelta(seconds=2))
    door.let_in(bearer(created.text), READ)
    ApiKey.objects.filter(pk=created.key.id).update(expires_at=datetime.now(UTC))
    clock.now += 2.0
    with pytest.raises(KeyExpired):
        door.let_in(bearer(created.text), READ)


def test_an_unknown_key_is_remembered_shortly(door, clock, queries):
    text, _ = make_key(bytes(4), bytes(32))
    for _ in range(20):
        with pytest.raises(KeyUnknown):
            door.let_in(bearer(text), READ)
    assert len(queries) == 1
    clock.now += SECONDS_REFUSED
    with pytest.raises(KeyUnknown):
        door.let_in(bearer(text), READ)
    assert len(queries) == 2


@pytest.mark.parametrize("text", ["ru_", "ru_00010203_typo", "ru_" + "x" * 10_000])
def test_a_mistyped_key_asks_the_database_nothing(door, queries, text):
    with pytest.raises(KeyUnknown):
        door.let_in(bearer(text), READ)
    assert queries == []


def test_memory_is_bounded():
    remembered = Remembered(3)
    for number in range(100):
        remembered.put(bytes([number]), number, 1.0)
    assert [remembered.get(bytes([each]), 0.0) for each in (96, 97, 98, 99)] == [None, 97, 98, 99]
    remembered.put(b"\x61", 7, 1.0)
    assert [remembered.get(bytes([each]), 0.0) for each in (97, 98, 99)] == [7, 98, 99]


def test_the_last_use_is_written_at_most_once_a_minute(door, clock):
    created = make()

    def last_used():
        door.let_in(bearer(created.text), READ)
        clock.now += SECONDS_KNOWN
        return ApiKey.objects.get(pk=created.key.id).last_used_at

    first = last_used()
    assert first is not None
    assert last_used() == first
    earlier = datetime.now(UTC) - timedelta(minutes=2)
    ApiKey.objects.filter(pk=created.key.id).update(last_used_at=earlier)
    assert last_used() > earlier


def test_a_use_that_cannot_be_written_hinders_nobody(door):
    created = make()
    held, done = threading.Event(), threading.Event()

    def hold():
        with transaction(wait_seconds=5.0) as locked:
            locked.run(used(created.key.id, at=datetime.now(UTC)))
            held.set()
            done.wait(30)
        connection.close()

    holder = threading.Thread(target=hold)
    holder.start()
    try:
        assert held.wait(30)
        assert door.let_in(bearer(created.text), READ).name == "shop"
    finally:
        done.set()
        holder.join()
    assert ApiKey.objects.get(pk=created.key.id).last_used_at is None


def test_the_bootstrap_key_holds_while_there_is_no_other(door, clock, settings):
    secret = "long-enough" * 4
    settings_with(settings, BOOTSTRAP_KEY=secret)

    assert door.let_in(bearer(secret), (KeyScope.ADMIN,)) == OPERATOR
    with pytest.raises(KeyMissing):
        door.let_in(None, READ)
    with pytest.raises(KeyUnknown):
        door.let_in("Bearer another", READ)

    make()
    clock.now += SECONDS_KNOWN
    with pytest.raises(KeyUnknown):
        door.let_in(bearer(secret), (KeyScope.ADMIN,))


def test_a_server_that_must_not_be_open_asks_for_a_key_before_there_is_one(door, settings):
    settings_with(settings, OPEN_WITHOUT_KEYS=False)
    with pytest.raises(KeyMissing):
        door.let_in(None, READ)
    with pytest.raises(KeyUnknown):
        door.let_in("Bearer another", READ)


def test_a_server_knows_before_it_starts_whether_keys_are_asked_for(settings):
    assert not keys_are_asked_for()
    settings_with(settings, BOOTSTRAP_KEY="long-enough" * 4)
    assert keys_are_asked_for()
    settings_with(settings, BOOTSTRAP_KEY="")
    revoke_key(SCOPE, make().key.id)
    assert keys_are_asked_for()


def test_who_showed_a_key_is_let_in_again_without_its_secret(door, clock, queries):
    created = make()
    name = door.remember(created.text)
    short, _, milliseconds = name.partition(".")
    assert short == created.key.short
    assert abs(int(milliseconds) / 1000 - datetime.now(UTC).timestamp()) < 60

    assert door.let_in_again(name, READ).name == "shop"
    queries.clear()
    assert door.let_in_again(name, READ).name == "shop"
    assert queries == []
    with pytest.raises(ScopeMissing):
        door.let_in_again(name, (KeyScope.REPAIR,))

    revoke_key(SCOPE, created.key.id)
    door.forget()
    with pytest.raises(KeyRevoked):
        door.let_in_again(name, READ)
    with pytest.raises(KeyUnknown):
        door.let_in_again("00000000", READ)


def test_who_signs_out_ends_all_sign_ins_with_the_key_before_that(door):
    created, other = make(), make()
    names = door.remember(created.text), created.key.short, door.remember(other.text)
    for each in names:
        door.let_in_again(each, READ)

    sign_out(names[0])
    door.forget()

    for each in names[:2]:
        with pytest.raises(KeyMissing):
            door.let_in_again(each, READ)
    # The key itself, other keys and later sign-ins hold.
    assert door.let_in(bearer(created.text), READ).name == "shop"
    assert door.let_in_again(names[2], READ).name == "shop"
    signed_out_at = ApiKey.objects.get(pk=created.key.id).signed_out_at
    later = f"{created.key.short}.{int(signed_out_at.timestamp() * 1000) + 1}"
    assert door.let_in_again(later, READ).name == "shop"


def test_only_a_key_that_holds_is_remembered(door):
    text, _ = make_key(bytes(4), bytes(32))
    for each in (text, "nothing", ""):
        with pytest.raises(Unauthenticated):
            door.remember(each)
    make()
    with pytest.raises(Unauthenticated):
        door.remember(text)


def test_the_holder_of_the_bootstrap_key_is_let_in_again_until_there_is_a_key(door, settings):
    settings_with(settings, BOOTSTRAP_KEY="b" * 40)
    name = door.remember("b" * 40)
    assert door.let_in_again(name, READ) == OPERATOR
    make()
    door.forget()
    with pytest.raises(KeyUnknown):
        door.let_in_again(name, READ)
