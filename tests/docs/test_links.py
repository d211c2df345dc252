"""Links lead somewhere, and every page can be found."""

import pytest

from tests.docs.documents import DOCS, ROOT, Document, documents

DOCUMENTS = list(documents())


@pytest.mark.parametrize("document", DOCUMENTS, ids=str)
def test_every_link_leads_to_a_file_and_a_heading_that_exist(document):
    for link in document.links:
        if link.startswith("https://"):
            continue
        path, _, anchor = link.partition("#")
        target = (document.path.parent / path).resolve() if path else document.path
        assert target.is_relative_to(ROOT), link
        assert target.exists(), link
        if anchor:
            assert anchor in Document(target).anchors, link


def test_every_page_is_in_the_index():
    index = Document(DOCS / "README.md")
    listed = {(DOCS / link).resolve() for link in index.links}
    assert {each.path for each in DOCUMENTS if each.path.is_relative_to(DOCS)} <= {
        *listed,
        index.path,
    }


def test_links_and_anchors_are_found(tmp_path):
    page = tmp_path / "page.md"
    page.write_text(
        "# One `CODE_WORD`\n## One CODE_WORD\n## POST /a/b\n[a\nb](x.md#y) `[no](z.md)`\n"
        "```sh\n# no heading\n[no](z.md)\n```\n![picture](p.svg)\n"
    )
    document = Document(page)
    assert document.anchors == {"one-code_word", "one-code_word-1", "post-ab"}
    assert document.links == ["x.md#y", "p.svg"]
