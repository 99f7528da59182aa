"""A header of a request, for those who look at every request for one or two of them."""

from starlette.types import Scope


def raw_header(scope: Scope, name: bytes) -> str | None:
    """The first value of a header; None where it was not sent.

    :param name: in lower case.
    """
    for sent, value in scope["headers"]:
        if sent == name:
            text: str = value.decode("latin-1")
            return text
    return None
