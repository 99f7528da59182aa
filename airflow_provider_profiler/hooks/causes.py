"""The one reason, in few words, why no answer came."""


def innermost(error: BaseException) -> str:
    """The innermost reason of an error; the outer ones repeat addresses of objects."""
    seen: BaseException = error
    while True:
        inner = seen.__cause__ or seen.__context__ or getattr(seen.args[0] if seen.args else None, "reason", None)
        if not isinstance(inner, BaseException) or inner is seen:
            break
        seen = inner
    if isinstance(seen, OSError) and seen.strerror:
        return seen.strerror
    return str(seen)[:200] or type(seen).__name__


#: What OpenSSL says where the other end answers in plain text.
_PLAIN_TEXT = ("wrong version number", "packet length too long", "record layer failure", "http request")


def tls_advice(error: BaseException) -> str:
    """What to do about a connection that TLS refuses."""
    said = str(error).replace("_", " ").lower()
    if any(words in said for words in _PLAIN_TEXT):
        return "What answers there does not speak TLS: check the port, or write http instead of https."
    return "Give the file of its authority as 'ca_bundle' in the connection's extra."
