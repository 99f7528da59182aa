"""Pages as a browser's parser reads them."""

from collections.abc import Callable
from typing import Any

import pytest
from lxml import html


@pytest.fixture
def parsed() -> Callable[..., Any]:
    """The document tree of a page's chunks."""

    def parse(chunks) -> Any:
        return html.document_fromstring(b"".join(chunks).decode("utf-8"))

    return parse
