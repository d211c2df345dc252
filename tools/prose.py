"""Check the words of documents and code: ``python -m tools.prose``.

Comments, documents and messages name their subject: ``the owner of an identifier``, not ``whom it
belongs to``. A word in quotes or backquotes is a value, not prose. Decision records keep the words
of their time.
"""

import re
import sys
from collections.abc import Iterator
from pathlib import Path

_ROOT = Path(__file__).parents[1]
_READ = ("*.md", "benchmarks/**/*", "docs/**/*", "examples/**/*", "src/**/*", "tools/**/*")
_LEFT_OUT = {Path("CHANGELOG.md"), Path("tools/prose.py")}
_INSTEAD = {
    "everybody": "the noun, such as 'every client'",
    "nobody": "the noun, such as 'no person'",
    "somebody": "the noun, such as 'an operator'",
    "of which": "'with', 'whose', or a second sentence",
    "that of": "the noun",
    "thereof": "the noun",
    "whatever": "'any', or a second sentence",
    "whoever": "the noun, such as 'a client that'",
    "whom": "the noun, such as 'the person of'",
}
_WRONG = re.compile(rf"(?<![`'\"\w])({'|'.join(_INSTEAD)})(?![`'\"\w])", re.IGNORECASE)


def main() -> int:
    """The exit code: 1 if a text uses one of the words."""
    found = [
        f"{path.relative_to(_ROOT)}:{number}: {word!r}: write {_INSTEAD[word]}"
        for path in _texts()
        for number, word in wrong_words(path.read_text())
    ]
    print("\n".join([*found, f"prose: {len(found)} words to be replaced"]))
    return 1 if found else 0


def wrong_words(text: str) -> Iterator[tuple[int, str]]:
    """The words of a text that name no subject, each with the number of its line."""
    for number, line in enumerate(text.splitlines(), 1):
        for found in _WRONG.finditer(line):
            yield number, found[1].lower()


def _texts() -> Iterator[Path]:
    for pattern in _READ:
        for path in sorted(_ROOT.glob(pattern)):
            is_text = path.suffix in {".md", ".py"} and "decisions" not in path.parts
            if is_text and path.relative_to(_ROOT) not in _LEFT_OUT:
                yield path


if __name__ == "__main__":
    sys.exit(main())
