"""A file's first lines tell how all of it is written."""

import pytest

from reunite.core.imports.files import Columns, Form, Unreadable
from reunite.core.imports.records.header import csv_shape


def shape(content, columns=None, form=None):
    found = csv_shape(content, columns or Columns(), form or Form(), name="orders.csv")
    return found.delimiter, found.names, found.before


@pytest.mark.parametrize(
    ("content", "found"),
    [
        (b"email,phone\n", (",", ("email", "phone"), 0)),
        (b"email;phone\na,b;1\n", (";", ("email", "phone"), 0)),
        (b"email\tphone\n", ("\t", ("email", "phone"), 0)),
        (b"email|phone\n", ("|", ("email", "phone"), 0)),
        (b"Name;Email, private;Phone\n", (";", ("Name", "Email, private", "Phone"), 0)),
        (b'email,"phone;mobile;home"\n', (",", ("email", "phone;mobile;home"), 0)),
        (b"email\n", (",", ("email",), 0)),
        (b"sep=;\nemail;phone\n", (";", ("email", "phone"), 1)),
        (b'"sep=^"\r\nemail^phone\r\n', ("^", ("email", "phone"), 1)),
        (b"# shop\nName,Email\n#1001,a\n", (",", ("Name", "Email"), 1)),
        (b"\n,,\n# a\nemail,phone\n", (",", ("email", "phone"), 3)),
        (b"#,email\n", (",", ("#", "email"), 0)),
        (b"#,wer,wo\n1,a@x.example,b\n", (",", ("#", "wer", "wo"), 0)),
        (b'"email ",\xc3\xa9\n', (",", ("email", "é"), 0)),
        ("email\tphone\n".encode("utf-16"), ("\t", ("email", "phone"), 0)),
        ("email,phone\n".encode("utf-32"), (",", ("email", "phone"), 0)),
        (b"\xef\xbb\xbfemail,phone\n", (",", ("email", "phone"), 0)),
    ],
)
def test_the_header_tells_the_delimiter_and_the_columns(content, found):
    assert shape(content) == found


@pytest.mark.parametrize(
    "content",
    [
        b"email,phoneann@x.example,+14155550101bob@x.example,+14155550102",
        b"email,phone,time ann@x.example,+14155550101,2026-11-28\n\n",
        b"id,phone1,+141555501012,+14155550102",
        b"email,phone" + b"ann@x.example,+14155550101" * 50_000,
    ],
)
def test_a_file_whose_line_breaks_are_lost_is_refused(content):
    with pytest.raises(Unreadable, match="its line breaks are lost"):
        shape(content)


def test_a_header_without_rows_is_a_file_without_orders():
    assert shape(b"email,phone,2026\n") == (",", ("email", "phone", "2026"), 0)


def test_columns_that_nobody_recognises_are_no_matter_of_the_header():
    assert shape(b"a;b\nc;d\n") == (";", ("a", "b"), 0)


def test_what_a_user_says_comes_first():
    assert shape(b"a\nb\nx;mail\n", form=Form(skip_lines=2)) == (";", ("x", "mail"), 2)
    assert shape(b"ab;cd,ef\n", Columns(email=("cd,ef",))) == (";", ("ab", "cd,ef"), 0)
    accented = "Téléphone,email\n".encode("cp1252")
    assert shape(accented, form=Form(encoding="cp1252"))[1] == ("Téléphone", "email")


@pytest.mark.parametrize(
    ("content", "form", "message"),
    [
        (b"", Form(), "orders.csv is empty$"),
        (b"\n", Form(), "orders.csv is empty below line 1"),
        (b"email\n", Form(skip_lines=3), "orders.csv is empty below line 3"),
        ("Téléphone\n".encode("cp1252"), Form(), "not UTF-8: save it as UTF-8, or say --encoding"),
        (b"a\x81\n", Form(encoding="cp1252"), "is not cp1252: say another --encoding"),
        ("email,phone\n".encode("utf-16-le"), Form(), "say --encoding utf-16-le"),
        ("email,phone\n".encode("utf-16-be"), Form(), "say --encoding utf-16-be"),
        ("Почта;Телефон\n".encode("cp1251"), Form(), "say --encoding windows-1251"),
        ("氏名,電話番号\n".encode("cp932"), Form(), "say --encoding cp932"),
        ("Jiří;E-mail;Vytvořeno\n".encode("cp1250"), Form(), "say --encoding windows-1250"),
        (b"%PDF-1.4\n", Form(), "is a PDF: save it as CSV"),
        (b"email\na@x.example\n", Form(encoding="utf-16"), "no mark of utf-16: say --encoding"),
        (b"email\na@x.example\n", Form(encoding="utf-32"), "say --encoding utf-32-le"),
        (b"PK\x03\x04", Form(), "is a workbook or a ZIP archive: save it as CSV"),
        (b'<?xml version="1.0"?>', Form(), "is HTML or XML: save it as CSV"),
        (b"\xef\xbb\xbf \n<table border=1>", Form(), "is HTML or XML: save it as CSV"),
        (b"<orders><order>", Form(), "is HTML or XML: save it as CSV"),
        (b"BEGIN:VCARD\r\n", Form(), "is a vCard: save it as CSV"),
        (b'[{"email": "a"}]\n', Form(), "is JSON: say --format jsonl"),
        (b'{"email": "a"}\n', Form(), "is JSON: say --format jsonl"),
        (b"--a1\r\nContent-Disposition: form-data; name=f\r\n\r\nemail\r\n", Form(), "is a form"),
        (b"\x1f\x8b\x08", Form(), "let its name end in .gz"),
        (
            b"Mine\nof today\nemail,phone\n",
            Form(),
            "line 3 looks like a header: say --skip-lines 2",
        ),
        (b'"email\n', Form(), "has a quote that is not closed"),
    ],
)
def test_a_file_without_a_header_is_told_with_what_to_do(content, form, message):
    with pytest.raises(Unreadable, match=message):
        shape(content, form=form)
