"""The words that ``make lint`` refuses."""

import pytest

from tools.prose import wrong_words


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("The owner of the email.", []),
        ("Whom the email\nbelongs to.", [(1, "whom")]),
        ("A link\nthat nobody revoked.", [(2, "nobody")]),
        ("A list of which one is empty.", [(1, "of which")]),
        ("The placeholder `nobody` does not count.", []),
        ('names = ["nobody", "none"]', []),
        ("class LinkJoinsNobody: link_to_nobody", []),
    ],
)
def test_words_that_name_no_subject_are_found(text, found):
    assert list(wrong_words(text)) == found
