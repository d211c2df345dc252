"""Text comes in lines of bounded length, whatever its encoding."""

import io

import pytest

from reunite.core.imports.files import Unreadable
from reunite.core.imports.records import text as records_text
from reunite.core.imports.records.text import (
    Lines,
    TooLong,
    content_of,
    encoding_of,
    is_text,
    text_of,
)


def lines_of(content, encoding="utf-8"):
    lines = Lines(text_of(io.BytesIO(content), encoding))
    found = []
    for line in lines:
        found.append(line)
        lines.begin()
    return found


def test_a_mark_tells_the_encoding_before_anything_else():
    assert encoding_of(b"\xef\xbb\xbfa", "windows-1252") == "utf-8-sig"
    assert encoding_of(b"\xff\xfea\0", None) == encoding_of(b"\xfe\xff\0a", None) == "utf-16"
    assert encoding_of(b"a", "Windows-1252") == "cp1252"
    assert encoding_of(b"a", None) == "utf-8"


def test_an_encoding_that_there_is_not_is_told():
    with pytest.raises(
        Unreadable, match="it is no encoding that is known: name one like windows-1252"
    ):
        encoding_of(b"a", "shop")
    with pytest.raises(Unreadable, match="is no encoding"):
        encoding_of(b"a", "base64")  # A codec of bytes.


def test_line_breaks_may_be_mixed_and_no_other_sign_is_one():
    assert lines_of("a\nb\r\nc\rd\u2028\x0be".encode()) == ["a\n", "b\r\n", "c\r", "d\u2028\x0be"]


def test_only_the_line_that_is_not_of_the_encoding_is_no_text():
    assert [is_text(line) for line in lines_of(b"a\nb\xff\n\xc3\xa9\n")] == [True, False, True]
    assert [is_text(line) for line in lines_of(b"\xff\xfea\0\n\0b", "utf-16")] == [True, False]


def test_a_line_that_is_too_long_is_no_text_and_the_next_is_read(monkeypatch):
    monkeypatch.setattr(records_text, "RECORD_MAX_LENGTH", 4)
    found = lines_of(b"abcdefghij\nabc\nk\nabcde")
    assert [is_text(line) for line in found] == [False, True, True, False]
    assert found[1:3] == ["abc\n", "k\n"]


def test_a_record_that_grows_too_long_is_given_back_from_its_second_line(monkeypatch):
    monkeypatch.setattr(records_text, "RECORD_MAX_LENGTH", 4)
    lines = Lines(io.StringIO("a\nb\nc\nd\n"))
    assert [next(lines), next(lines), lines.taken_length] == ["a\n", "b\n", 4]
    with pytest.raises(TooLong):
        next(lines)
    lines.give_back()
    assert next(lines) == "b\n"


def test_content_may_come_in_pieces_of_any_size():
    content = content_of(iter([b"ab", b"", b"c" * 20_000, b"d"]))
    assert content.read(3) == b"abc"
    assert content.read() == b"c" * 19_999 + b"d"


def test_what_is_no_mistake_of_decoding_is_raised():
    with pytest.raises(UnicodeEncodeError):
        "\ud800".encode(errors="reunite.records")
