"""Debian's Chromium in front of a real server; left out where there is none."""

import os
from contextlib import contextmanager

import pytest
from playwright.sync_api import sync_playwright

from tests.docs.documents import DOCS
from tests.server import running_server
from tools.debian import find

PICTURES = {
    "evidence",
    "overview-light",
    "person-dark",
    "person-light",
    "person-narrow",
    "review-light",
    "split",
}
"""The pictures of the documents, in docs/images."""
NARROW, WIDE = {"width": 360, "height": 800}, {"width": 1280, "height": 800}


@pytest.fixture(scope="module")
def server(tmp_path_factory):
    with running_server(tmp_path_factory.mktemp("explorer")) as server:
        yield server


@pytest.fixture(scope="module")
def chromium():
    path = find("chromium")
    if path is None:
        pytest.skip("there is no chromium: make programs installs it, as root on Debian")
    with sync_playwright() as playwright:
        # Root has no sandbox of its own, and the pages are ours.
        browser = playwright.chromium.launch(executable_path=path, args=["--no-sandbox"])
        yield browser
        browser.close()


@pytest.fixture
def open_page(chromium, server):
    """A page that complains of nothing and asks no other address, whatever is done with it."""

    @contextmanager
    def opened(path="/", *, scheme="light", viewport=WIDE):
        context = chromium.new_context(
            base_url=server.url, color_scheme=scheme, viewport=viewport, reduced_motion="reduce"
        )
        complaints = []
        page = context.new_page()
        page.set_default_timeout(20_000)
        page.on("console", lambda message: complaints.append(message.text))
        page.on("pageerror", lambda error: complaints.append(str(error)))
        page.on(
            "request",
            lambda request: (
                None if request.url.startswith(server.url) else complaints.append(request.url)
            ),
        )
        page.goto(path)
        yield page
        context.close()
        assert complaints == []

    return opened


@pytest.fixture
def picture():
    """Take a picture of a page, or of a part, for the documents: ``make screenshots``."""

    def take(shown, name, **how):
        if os.environ.get("SCREENSHOTS") and name in PICTURES:
            shown.screenshot(path=DOCS / "images" / f"{name}.png", **how)

    return take
