"""What the site of the documents needs beside MkDocs: a link that leaves ``docs`` becomes its text.

GitHub shows the whole repository, so documents link to examples and to other files. The site has
the documents alone.
"""

import re
from posixpath import dirname, join, normpath
from typing import Any

_LINK = re.compile(r"\[([^\]]+)\]\((\.\./[^)#]*)[^)]*\)")


def on_page_markdown(markdown: str, page: Any, **_site: Any) -> str:
    """The text of a page, as MkDocs asks for it."""
    folder = dirname(page.file.src_uri)

    def kept(link: re.Match[str]) -> str:
        leaves = normpath(join(folder, link[2])).startswith("..")
        return link[1] if leaves else link[0]

    return _LINK.sub(kept, markdown)
