"""The documents as tests see them: headings, links, fenced blocks and tables."""

import re
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

ROOT = Path(__file__).parents[2]
DOCS = ROOT / "docs"
_FENCE = re.compile(
    r"^(?P<indent> *)```(?P<language>\w*)\n(?P<text>.*?)^ *```$", re.MULTILINE | re.DOTALL
)
_HEADING = re.compile(r"^(#+) (.+)$", re.MULTILINE)
# The text of a link may itself be an image, and may go over several lines.
_LINK = re.compile(r"\]\(([^)\s]+)\)")


class Block(NamedTuple):
    """A fenced block: what is written behind the fence, and what it holds."""

    language: str
    text: str


class Document:
    """One Markdown file."""

    def __init__(self, path: str | Path) -> None:
        self.path = ROOT / path
        self.text = self.path.read_text()
        self.prose = _FENCE.sub("", self.text)

    def __str__(self) -> str:
        return str(self.path.relative_to(ROOT))

    @property
    def blocks(self) -> list[Block]:
        """The fenced blocks, in order."""
        return [Block(found["language"], found["text"]) for found in _FENCE.finditer(self.text)]

    @property
    def headings(self) -> list[str]:
        """The headings without their number signs."""
        return [text for _, text in _HEADING.findall(self.prose)]

    @property
    def anchors(self) -> set[str]:
        """What links into the document may end in, by GitHub's rules."""
        anchors: set[str] = set()
        for heading in self.headings:
            anchor = re.sub(r"[^\w\- ]", "", heading.lower()).replace(" ", "-")
            anchors.add(anchor if anchor not in anchors else f"{anchor}-1")
        return anchors

    @property
    def links(self) -> list[str]:
        """Where its links lead, outside of code."""
        return _LINK.findall(re.sub(r"`[^`]*`", "", self.prose))

    def section(self, heading: str) -> str:
        """What stands under a heading, up to the next of its level or above."""
        level, start = next(
            (len(found[1]), found.end())
            for found in _HEADING.finditer(self.prose)
            if found[2] == heading
        )
        rest = self.prose[start:]
        end = next(
            (found.start() for found in _HEADING.finditer(rest) if len(found[1]) <= level), None
        )
        return rest[:end]


def table(text: str) -> list[list[str]]:
    """The cells of all tables in a text, row by row, without the head."""
    rows = [
        [cell.strip() for cell in line.strip("|").split("|")]
        for line in text.splitlines()
        if line.startswith("|")
    ]
    below_a_head = [n for n, row in enumerate(rows) if set("".join(row)) <= set("-: ")]
    return [
        row for n, row in enumerate(rows) if n not in below_a_head and n + 1 not in below_a_head
    ]


def code(text: str) -> list[str]:
    """What stands between backticks."""
    return re.findall(r"`([^`]+)`", text)


def documents() -> Iterator[Document]:
    """All documents of the project."""
    for path in sorted([*ROOT.glob("*.md"), *DOCS.rglob("*.md")]):
        yield Document(path)
