"""Plain CSV is read by the engine; it gives what ``core.records`` gives, whatever the file."""

import io

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from reunite.bulk import plain
from reunite.bulk.plain import is_plain
from tests.bulk.test_reading import said
from tests.effort import EFFORT


@pytest.mark.parametrize(
    ("content", "is_so"),
    [
        (b"", True),
        (b"email\na\n", True),
        (b"email\na", True),
        (b"email\r\na\r\nb", True),
        ("email\né\n".encode(), True),
        (b'email\n"a"\n', False),
        (b"email\n\na\n", False),
        (b"\nemail\n", False),
        (b"email\r\n\r\na", False),
        (b"email\na\r\n", False),
        (b"email\r\na\n", False),
        (b"email\ra\n", False),
        (b"email\ra", False),
        (b"email\n\xe9\n", False),
        (b"email\na\0\n", False),
        (b"email\r\na\nb\r\r\n", False),
        ((b"x" * 14 + b"\r\n") * 100_000, True),
        # Between two lines, and where a line ends with a piece that is read at once.
        *(((b"x" * 14 + b"\r\n") * 65_536 + sign + b"x\r\n", False) for sign in (b"\r", b"\n")),
        *(((b"x" * 15 + b"\n") * 65_536 + sign + b"x\n", False) for sign in (b"\r", b"\n")),
        (b"x" * 9_000_000, False),
        (b"email\n" + b"a\n" * 5_000_000, True),
        (b"email\n" + b"a\n" * 5_000_000 + b'"', False),
    ],
)
def test_what_is_plain(content, is_so):
    assert is_plain(io.BytesIO(content)) is is_so


fields = st.text(alphabet='a1@.,; "\n\r\t#\\é\0', max_size=5)
lines = st.lists(fields, max_size=4).map(",".join)
ends = st.sampled_from(["\n", "\r\n", "\r"])


@settings(
    deadline=None,
    max_examples=60 * EFFORT,
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)
@given(st.lists(lines, max_size=6), ends, st.booleans())
def test_both_readers_read_the_same(tmp_path, monkeypatch, rows, end, is_closed):
    path, refused = tmp_path / "orders.csv", tmp_path / "refused.csv"
    content = end.join(["email,phone,created_at", *rows]) + (end if is_closed else "")
    path.write_bytes(content.encode())
    found = []
    for reader in (is_plain, lambda _: False):
        with monkeypatch.context() as patch:
            patch.setattr(plain, "is_plain", reader)
            found.append((said(path, refused=refused), refused.read_text()))
    assert found[0] == found[1]
