"""What is other in the guides when they are read as a site, and not in the repository."""

import posixpath
import re
from typing import Any

from mkdocs.structure.pages import Page

_LINK = re.compile(r"(?<!!)\[([^\]]+)\]\(([^)\s]+)\)")
#: Blocks of commands without a prompt: with one, what has none is output, and is shown in grey.
_COMMANDS = re.compile(r"^```console$(?=\n(?!\$ ))", re.MULTILINE)


def on_page_markdown(markdown: str, *, page: Page, **_: Any) -> str:
    """Leave the words alone of links that lead out: to files of the project, and to other people's pages."""
    folder = posixpath.dirname(page.file.src_uri)

    def inward(link: re.Match[str]) -> str:
        text, target = link.groups()
        outside = "://" in target or posixpath.normpath(posixpath.join(folder, target)).startswith("../")
        return text if outside else link[0]

    return _COMMANDS.sub("```sh", _LINK.sub(inward, markdown))
