"""Reading pages as a browser does."""

import re
from html.parser import HTMLParser

from reunite.explorer.http.page import CONTENT_SECURITY_POLICY

_INLINE = {"a", "kbd", "span", "strong", "time", "wbr"}


class _Text(HTMLParser):
    def __init__(self):
        super().__init__()
        self.words, self.tags, self.attributes = [], [], []

    def handle_starttag(self, tag, attrs):
        self.tags.append(tag)
        self.attributes += [(tag, name, value) for name, value in attrs]
        if tag not in _INLINE:
            self.words.append(" ")

    def handle_data(self, data):
        self.words.append(data)


def text_of(response):
    """What a reader sees, with single spaces."""
    parser = _Text()
    parser.feed(response.content.decode())
    return re.sub(r"\s+", " ", "".join(parser.words)).strip()


def require_strict(response):
    """The page obeys the policy that it is sent with, so a browser blocks none of it."""
    assert response["Content-Security-Policy"] == CONTENT_SECURITY_POLICY
    assert "unsafe" not in CONTENT_SECURITY_POLICY
    assert response["Cache-Control"] == "no-store"
    parser = _Text()
    parser.feed(response.content.decode())
    assert "style" not in parser.tags
    for tag, name, value in parser.attributes:
        assert name != "style"
        assert not name.startswith("on")
        if name in {"src", "action", "hx-get", "hx-post"} or (tag, name) == ("link", "href"):
            assert value.startswith("/"), value
            assert not value.startswith("//"), value
    scripts = re.findall(r"<script[^>]*>(.*?)</script>", response.content.decode(), re.DOTALL)
    assert not any(each.strip() for each in scripts)
