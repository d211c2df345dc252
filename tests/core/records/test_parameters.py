"""A message about an upload names the parameters of the request."""

import pytest

from reunite.core.imports.parameters import with_parameters


@pytest.mark.parametrize(
    ("option", "parameter"),
    [
        ("name them with --email and --phone, or", "name them with ?email= and ?phone=, or"),
        ("say --phone=Phone --phone='Mobile Number'", "say ?phone=Phone&phone=Mobile%20Number"),
        ("say --phone=A --phone=B --phone=C --email=D", "say ?phone=A&phone=B&phone=C&email=D"),
        ("say --email='Kund'\"'\"'s' --phone=Tel", "say ?email=Kund%27s&phone=Tel"),
        ("say --skip-lines 2", "say ?skipLines=2"),
        ("say --encoding windows-1252 (or another)", "say ?encoding=windows-1252 (or another)"),
        ("say --encoding cp932 (or another)", "say ?encoding=cp932 (or another)"),
        ("say --format csv or --format jsonl), is", "say ?format=csv or ?format=jsonl), is"),
        ("say --date-format='%d.%m.%Y %H:%M'", "say ?dateFormat=%25d.%25m.%25Y%20%25H%3A%25M"),
        ("say another --encoding", "say another ?encoding="),
        ("is Parquet: say --format parquet", "is Parquet: say ?format=parquet"),
        ("with --date-format, like %d", "with ?dateFormat=, like %d"),
        ("say --no-created-at", "say ?noCreatedAt=true"),
        ("that --external-id gives, among", "that ?externalId= gives, among"),
        ("the column --emails", "the column --emails"),
    ],
)
def test_an_option_becomes_a_parameter(option, parameter):
    assert with_parameters(option) == parameter
