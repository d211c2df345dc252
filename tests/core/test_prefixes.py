"""A text that is not typed to its end is read as the beginning of keys."""

import pytest

from reunite.core.identifiers.kinds import NormalizationRules
from reunite.core.identifiers.prefixes import beginnings

US = NormalizationRules(default_region="US")


@pytest.mark.parametrize(
    ("text", "keys"),
    [
        ("Lorraine@H", ["lorraine@h"]),
        ("  ｍcfly ", ["mcfly"]),
        ("(415) 55", ["+41555", "41555"]),
        ("41555", ["41555", "+41555", "41555"]),
        ("+1 415", ["+1415"]),
        ("two words", []),
        ("", []),
        ("@", []),
        ("+", []),
        ("()", []),
        ("x" * 300, []),
        ("nul\0", []),
    ],
)
def test_a_text_begins_emails_and_phone_numbers(text, keys):
    assert [each.key for each in beginnings(text, NormalizationRules())] == keys


def test_a_phone_number_may_lack_the_code_of_its_country():
    assert [each.key for each in beginnings("(0415) 55", US)] == ["+041555", "041555", "+141555"]
    assert [each.key for each in beginnings("(0)", US)] == ["(0)", "+0", "0"]
    assert [each.key for each in beginnings("+1 (415)", US)] == ["+1415"]
