"""The explorer in a browser: by keyboard, in light and dark, on a narrow screen."""

import re

import pytest
from axe_playwright_python.sync_playwright import Axe

from tests.browser.conftest import NARROW

PATHS = {
    "overview": "/explorer/",
    "person": "/explorer/persons/9",
    "review": "/explorer/review",
    "imports": "/explorer/imports",
    "policy": "/explorer/policy",
    "repair": "/explorer/persons/9/repair",
}
"""Pages of the example shop, whose ids are those of an empty database."""


@pytest.fixture(scope="module", autouse=True)
def example_shop(server, chromium):
    page = chromium.new_page(base_url=server.url)
    page.goto("/")
    page.get_by_role("button", name="Load the example shop").click()
    page.get_by_role("heading", name="Overview").wait_for()
    page.close()


def test_a_person_is_found_by_keyboard_and_explained_by_two_clicks(open_page, picture):
    with open_page() as page:
        page.locator(".bars").wait_for()
        page.keyboard.press("/")
        page.keyboard.type("doc@")
        page.locator("#hits a").wait_for()
        page.keyboard.press("ArrowDown")
        page.keyboard.press("Enter")
        page.wait_for_url(re.compile("/explorer/persons/9$"))

        page.locator('a.spot[data-node="9"]').click()
        page.locator('a.spot[data-node="13"]').click()

        chain = page.locator(".chain")
        chain.wait_for()
        assert "are one person, because:" in chain.inner_text()
        assert page.locator("path.lit").count() == 13
        assert page.locator('input[name="end"]:checked').count() == 2
        picture(page.locator("#evidence"), "evidence")


def test_the_keyboard_alone_selects_nodes(open_page):
    with open_page(PATHS["person"]) as page:
        for node in ("9", "10"):
            page.locator(f'a.spot[data-node="{node}"]').focus()
            page.keyboard.press("Enter")
        page.locator(".chain").wait_for()


def test_a_merge_is_reviewed_by_keys_and_the_decision_undone(open_page):
    with open_page(PATHS["review"]) as page:
        page.keyboard.press("k")
        page.get_by_text("the two persons are kept apart").wait_for()
        page.get_by_role("button", name="Undo").click()
        page.get_by_role("heading", name="Are these one person?").wait_for()


def test_who_is_unsure_says_so_by_a_key(open_page):
    with open_page(PATHS["review"]) as page:
        page.get_by_label("Reason").fill("Called, no answer.")
        page.get_by_role("button", name="Unsure").focus()
        page.keyboard.press("u")
        page.get_by_text("behind all others").wait_for()
        assert page.get_by_text("The note: Called, no answer.").is_visible()


def test_a_support_lead_splits_at_a_bridge_and_undoes_it(open_page, picture):
    with open_page(PATHS["person"]) as page:
        page.get_by_role("button", name="Split here…").first.click()
        page.get_by_role("heading", name="Split this person?").wait_for()
        picture(page, "split", full_page=True)
        page.get_by_label("Reason").fill("They only share a table.")
        page.get_by_role("button", name="Split this person").click()
        page.get_by_text("The person was split.").wait_for()
        assert page.locator(".facts dd").first.inner_text() == "4"
        page.get_by_role("button", name="Undo").click()
        page.get_by_text("It was undone.").wait_for()
        assert page.locator(".facts dd").first.inner_text() == "8"


def test_a_file_is_looked_at_corrected_and_sent(open_page, picture, tmp_path):
    file = tmp_path / "orders.csv"
    rows = "".join(f"doc{n}@hillvalley.edu,+1 415 555 01{n},door\n" for n in range(10, 40))
    file.write_text(f"mail,device,note\n{rows}")
    with open_page(PATHS["imports"]) as page:
        page.set_input_files("#file", file)
        page.locator('[data-column="device"]').focus()
        page.locator('[data-column="device"]').select_option("phone_number")
        page.get_by_text("device as phone").wait_for()
        assert page.evaluate("document.activeElement.dataset.column") == "device"
        found = Axe().run(page, options={"runOnly": ["wcag2a", "wcag2aa", "wcag21aa", "wcag22aa"]})
        assert found.violations_count == 0, found.generate_report()
        picture(page, "import", full_page=True)

        page.get_by_role("button", name="Dry run").click()

        page.wait_for_url(re.compile(r"/explorer/imports/\d+$"))
        page.get_by_text("It waits for its turn").wait_for()


def test_escape_closes_what_was_found(open_page):
    with open_page() as page:
        page.keyboard.press("/")
        page.keyboard.type("a")
        page.locator("#hits .panel").wait_for()
        page.keyboard.press("Escape")
        assert page.locator("#hits .panel").count() == 0


@pytest.mark.parametrize(
    ("name", "scheme"), [*((name, "light") for name in PATHS), ("person", "dark")]
)
def test_pages_are_accessible_and_fit_a_narrow_screen(open_page, picture, name, scheme):
    with open_page(PATHS[name], scheme=scheme) as page:
        if name == "overview":
            page.locator(".bars").wait_for()
        found = Axe().run(page, options={"runOnly": ["wcag2a", "wcag2aa", "wcag21aa", "wcag22aa"]})
        assert found.violations_count == 0, found.generate_report()
        picture(page, f"{name}-{scheme}")
        page.set_viewport_size(NARROW)
        assert page.evaluate("document.scrollingElement.scrollWidth") <= NARROW["width"]
        if scheme == "light":
            picture(page, f"{name}-narrow")


def test_nothing_covers_anything_on_paper(open_page):
    with open_page(PATHS["person"], scheme="dark") as page:
        page.emulate_media(media="print")
        boxes = [page.locator(each).bounding_box() for each in (".picture", ".legend", "#contacts")]
        ends = [box["y"] + box["height"] for box in boxes]
        assert all(end <= box["y"] for end, box in zip(ends, boxes[1:], strict=False))
        paper = page.evaluate("getComputedStyle(document.documentElement).backgroundColor")
        assert paper == "rgb(253, 252, 250)"
        assert page.locator(".asking").is_hidden()
