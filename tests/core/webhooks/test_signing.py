"""Secrets of webhooks are made of salts by a key, or stored as they are."""

import base64

from standardwebhooks import Webhook

from reunite.core.webhooks.signing import PREFIX, RANDOM_BYTES, NewText, SigningKey, texts_of

KEY, OTHER = SigningKey("k" * 32), SigningKey("o" * 32)
RANDOM = bytes(range(RANDOM_BYTES))


def test_without_a_key_the_secret_itself_is_stored():
    new = NewText.of(RANDOM, None)
    assert new.text == new.stored == PREFIX + base64.b64encode(RANDOM).decode()
    assert texts_of([new.stored], []) == texts_of([new.stored], [KEY]) == [new.text]


def test_with_a_key_a_salt_is_stored():
    new = NewText.of(RANDOM, KEY)
    assert RANDOM.hex() in new.stored
    assert len(new.stored) <= 100
    assert len(base64.b64decode(new.text.removeprefix(PREFIX))) == RANDOM_BYTES
    assert base64.b64encode(RANDOM).decode() not in new.text
    assert NewText.of(RANDOM, OTHER).text != new.text
    Webhook(new.text)


def test_a_secret_is_made_by_the_key_that_it_names():
    stored = [NewText.of(RANDOM, each).stored for each in (KEY, OTHER)]
    texts = [NewText.of(RANDOM, each).text for each in (KEY, OTHER)]
    assert texts_of(stored, [OTHER, KEY]) == texts
    assert texts_of(stored, [OTHER]) == texts[1:]
    assert texts_of(stored, []) == []


def test_a_key_is_in_no_representation_of_it():
    assert KEY.secret not in repr(KEY)
    assert KEY.secret not in KEY.id
